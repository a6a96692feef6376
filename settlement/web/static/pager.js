// Rows some at a time: which are shown, of how many, and the ways to the others.

import { h } from "./dom.js";
import { grouped } from "./figures.js";
import { addressOf } from "./places.js";

export const ROWS = 100;

/** Where the rows that are asked for begin. name: what an address calls it, of a view with several lists. */
export function offsetOf(asked, name = "offset") {
  return Number(asked[name] ?? 0);
}

/** What is shown of a table, and links to the rows before and after. told: {offset, limit, count} of an answer; name: as offsetOf. */
export function pager({ t, lang, view, id, asked }, { offset, limit, count }, name = "offset") {
  if (count <= limit && offset === 0) return h("p", { class: "shown" }, t.n("{count} row, all shown.", "{count} rows, all shown.", { count: count }));
  const link = (to, text) =>
    h("a", { href: addressOf({ lang, view, id, asked: { ...asked, [name]: to || null } }) }, text);
  const last = Math.min(offset + limit, count);
  return h("nav", { class: "pager", "aria-label": t("Other rows") },
    h("p", { class: "shown" }, t("Rows {first}–{last} of {count}.", { first: grouped(Math.min(offset + 1, count)), last: grouped(last), count: grouped(count) })),
    h("p", { class: "buttons" }, offset > 0 && link(Math.max(0, offset - limit), t("Previous")), last < count && link(last, t("Next"))));
}
