// Where usage and master data contradict each other: how often of each sort, and each by its address.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { eventLink, start } from "../event_columns.js";
import { grouped, month, whole } from "../figures.js";
import { filters, ofCarriers } from "../filters.js";
import { standing } from "../icons.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

export async function findings(context) {
  const { t, asked, about, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier, finding: asked.finding };
  const found = await get("findings", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  const { period, generation } = found;
  const sorts = new Map();
  for (const { finding, findings: count } of rowsOf(found.counts)) sorts.set(finding, (sorts.get(finding) ?? 0n) + whole(count));
  const all = [...sorts.values()].reduce((sum, count) => sum + count, 0n);
  const ordered = [...sorts].sort(([, one], [, other]) => (other > one ? 1 : -1));
  const files = (name) => ({ path: "findings", asked: { ...given, period }, table: name });
  return {
    title: t("Findings, {month}", { month: month(period) }), period, generation,
    nodes: [
      h("p", { class: "lead" }, all === 0n ? standing("good", t("Usage and master data of this month agree."))
        : t.n("Usage and master data contradict each other {count} time.", "Usage and master data contradict each other {count} times.", { count: all })),
      h("p", {}, all === 0n ? t("A finding comes of settling a month with subscribers, ports, packs or balances: doisoat intake takes them in, doisoat settle compares.")
        : t("Nothing is taken away or added by a finding. {mend}.", { mend: t.code("to_do", "finding") })),
      h("div", { class: "tiles" }, ordered.map(([finding, count]) => h("section", { class: "tile" },
        h("dl", { class: "figure" }, h("dt", {}, t.of("finding", finding)), h("dd", {}, h("a", { href: addressOf({ ...context, asked: { ...asked, offset: null, finding } }) }, grouped(count))))))),
      filters(context, period, [ofCarriers(context), ["finding", t("What"), codesOf("finding").map((code) => [code, t.of("finding", code)])]]),
      ...(all === 0n ? [] : [
        h("section", {}, h("h2", {}, t("By carrier")), table(t, {
          caption: t("How often, {month}", { month: month(period) }), rows: rowsOf(found.counts), files: files("counts"),
          columns: [
            { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) },
            { label: t("What"), wide: true, cell: (row) => t.of("finding", row.finding) }, { key: "findings", label: t("Count"), kind: "whole" },
          ],
        })),
        h("section", {}, h("h2", {}, t("Each of them")), table(t, {
          caption: t("Findings, {month}, as their files have them", { month: month(period) }), rows: rowsOf(found.findings), files: files("findings"),
          none: t("Nothing is so. Choose “Any” in the filter to see all."),
          columns: [
            { label: t("What"), wide: true, cell: (row) => t.of("finding", row.finding) },
            { label: t("Carrier"), cell: (row) => shortName(about, row.carrier), wide: true },
            { key: "about", label: t("About"), cell: (row) => (about.carriers[row.about] ? shortName(about, row.about) : row.about) },
            { label: t("Stated"), kind: "raw", cell: (row) => (row.stated == null ? null : grouped(row.stated)) },
            { label: t("Of the month before"), kind: "raw", cell: (row) => (row.found == null ? null : grouped(row.found)) },
            { key: "file", label: t.code("event", "file"), code: true }, { key: "row", label: t.code("event", "row"), cell: (row) => (row.row == null ? null : grouped(row.row)), kind: "raw" },
            { label: t.in("one event", "Event"), cell: (row) => (row.event_id ? eventLink(context, row.event_id) : null) }, start(t),
          ],
        }), pager(context, found)),
      ]),
    ],
  };
}
