// How a variance is told wherever it stands: its cell, its state, the letter about it.

import { pathOf } from "./api.js";
import { h } from "./dom.js";
import { day, grouped } from "./figures.js";

/** The cell in words: grain, item or measure, nature, day, province. */
export function cellOf(t, about, row) {
  const province = about.provinces[row.home_province];
  return [
    t.of("grain", row.grain), row.item && t.of("item", row.item), row.measure, row.nature && t.of("nature", row.nature),
    row.day && day(row.day), province ? t.called(province, "name") : row.home_province, row.is_total && t.in("sum of rows", "Total"),
  ].filter(Boolean).join(" · ");
}

/** What a figure of a variance is called: of units, with what they are counted in, if that is known. */
export function figureOf(t, row, key) {
  return key === "units" && row.unit ? t("Units ({unit})", { unit: t.of("counted_in", row.unit) }) : t.code("column", key);
}

export function stateOf(t, row) {
  const more = [row.deadline && t("until {day}", { day: day(row.deadline) }), row.why].filter(Boolean).join("; ");
  return h("span", { class: `state state-${row.state}` }, t.of("state", row.state), more && h("small", {}, ` ${more}`));
}

export function carrierName(t, about, id) {
  return about.carriers[id] ? t.called(about.carriers[id], "name") : id;
}

/** A link to the letter about what a carrier was asked, or, for auditors, to its draft; null if there is none.
 *
 * counts: how many of the carrier's variances stand in each state; says: what the link says, else how many.
 */
export function letterOf({ t, about, who }, period, carrier, counts, says = null) {
  const asked = counts.asked ?? 0;
  if (asked === 0 && (who.user.role !== "auditor" || !counts.open)) return null;
  const name = carrierName(t, about, carrier);
  const text = asked > 0 ? t("{carrier}: letter about {count} that were asked (PDF)", { carrier: name, count: grouped(asked) }) : t("{carrier}: draft about {count} that are new (PDF)", { carrier: name, count: grouped(counts.open) });
  return h("a", { href: pathOf(`letter/${encodeURIComponent(carrier)}`, { period }), download: true }, says ?? text);
}
