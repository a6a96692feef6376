// How a variance is told wherever it stands: its cell, its state, the letter about it.

import { pathOf } from "./api.js";
import { h } from "./dom.js";
import { day, grouped } from "./figures.js";
import { quantity } from "./quantities.js";
import { rules } from "./words.js";

/** Items of a statement that count events: the others are amounts. */
export const COUNTED = new Set(["events", "rated", "suspended", "forbearances"]);

/** The cell in words: grain, item or measure, nature, day, province. */
export function cellOf(t, about, row) {
  const province = about.provinces[row.home_province];
  return [
    t.of("grain", row.grain), row.item && t.of("item", row.item), row.measure, row.nature && t.of("nature", row.nature),
    row.day && day(row.day), province ? t.called(province, "name") : row.home_province, row.is_total && t.in("sum of rows", "Total"),
  ].filter(Boolean).join(" · ");
}

/** Units of a variance as people read them; the exact number, with what it counts, on hover. */
export function unitsOf(t, row, units) {
  const kind = rules.kind_of_unit[row.unit];
  if (kind) return quantity(t, kind, units);
  return row.unit ? `${grouped(units)} ${t.of("counted_in", row.unit)}` : grouped(units);
}

export function stateOf(t, row) {
  const more = [row.deadline && t("until {day}", { day: day(row.deadline) }), row.why].filter(Boolean).join("; ");
  return h("span", { class: `state state-${row.state}` }, t.of("state", row.state), more && h("small", {}, ` ${more}`));
}

export function carrierName(t, about, id) {
  return about.carriers[id] ? t.called(about.carriers[id], "name") : id;
}

/** What people call a carrier: its trade name, which an English name begins with; its legal name stands on its page. */
export function shortName({ carriers }, id) {
  return (carriers[id]?.name_en || carriers[id]?.name || id)?.split(" (")[0];
}

/** A link to the letter about what a carrier was asked, or, for auditors, to its draft; null if there is none.
 *
 * counts: how many of the carrier's variances stand in each state; says: what the link says, else how many.
 */
export function letterOf({ t, about, who }, period, carrier, counts, says = null) {
  const asked = counts.asked ?? 0;
  if (asked === 0 && (who.user.role !== "auditor" || !counts.open)) return null;
  const name = carrierName(t, about, carrier);
  const text = asked > 0 ? t.n("{carrier}: letter about {count} that was asked (PDF)", "{carrier}: letter about {count} that were asked (PDF)", { carrier: name, count: asked }) : t.n("{carrier}: draft about {count} that is new (PDF)", "{carrier}: draft about {count} that are new (PDF)", { carrier: name, count: counts.open });
  return h("a", { href: pathOf(`letter/${encodeURIComponent(carrier)}`, { period }), download: true }, says ?? text);
}

/** A group a row, with its sums by nature. */
export function groupsOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row.group)) groups.set(row.group, { ...row, sums: {} });
    if (row.nature != null) groups.get(row.group).sums[row.nature] = row;
  }
  return [...groups.values()];
}

/** What a group of variances is called: who did what, or what it is by. */
export function groupName({ t, about }, row, by) {
  const carrier = row.carrier && shortName(about, row.carrier);
  if (by === "carrier") return carrier;
  if (by === "measure") return [row.measure, t.called(row)].filter(Boolean).join(" ") || t("no measure");
  if (by === "day") return row.day ? day(row.day) : t("no day");
  return `${carrier}: ${row.verdict === "unexplained" ? t("no cause was found") : t.called(row, "causes_vi", "causes_en")}`;
}
