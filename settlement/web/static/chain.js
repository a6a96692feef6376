// Whether the log is still the one that was written, line by line.

import { h } from "./dom.js";
import { grouped } from "./figures.js";
import { standing } from "./icons.js";

/** chain: {size, root, fault} of an answer. */
export function chainOf(t, { size, root, fault }) {
  return h("div", {},
    h("p", {}, fault ? standing("warn", t("The chain of the log is broken: {fault}.", { fault }))
      : standing("good", t("The chain of the log is unbroken to line {size}.", { size: grouped(size) }))),
    h("details", {}, h("summary", {}, t("Root of the log")), h("p", {}, h("code", {}, root)),
      h("p", {}, t("Keep this root and the line elsewhere: doisoat log prove --since LINE proves later that nothing before it was rewritten."))));
}
