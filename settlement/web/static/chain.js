// Whether the log is still the one that was written, line by line.

import { h } from "./dom.js";
import { day, grouped } from "./figures.js";
import { standing } from "./icons.js";

/** When the home was last verified, as the log says it, and what came since. verified: of an answer; null: the log says nothing. */
export function verifiedWhen(t, verified) {
  if (verified === null) return standing("plain", t("No verification is recorded"));
  const { logged_at: at, size, since } = verified;
  const said = t("Verified {date}, up to line {size} of the log", { date: day(at), size: grouped(size) });
  return standing(since > 0 ? "half" : "good", since > 0 ? `${said}; ${t.n("{count} act since", "{count} acts since", { count: since })}` : `${said}; ${t("nothing was written since")}`);
}

/** chain: {size, root, fault} of an answer. */
export function chainOf(t, { size, root, fault }) {
  return h("div", {},
    h("p", {}, fault ? standing("warn", t("The chain of the log is broken: {fault}.", { fault }))
      : standing("good", t("The chain of the log is unbroken to line {size}.", { size: grouped(size) }))),
    h("details", {}, h("summary", {}, t("Root of the log")), h("p", {}, h("code", {}, root)),
      h("p", {}, t("Keep this root and the line elsewhere: doisoat log prove --since LINE proves later that nothing before it was rewritten."))));
}
