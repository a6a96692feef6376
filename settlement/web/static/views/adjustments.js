// What months that were signed differ by since they were settled anew: where it is booked, and why.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { month } from "../figures.js";
import { filters, ofCarriers } from "../filters.js";
import { standing } from "../icons.js";
import { natureName, patterns } from "../natures.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";

const COUNTS = new Set(["events", "suspended", "forbearances"]);
const NATURES = ["discount", "in_kind", "contribution"];

export async function adjustments(context) {
  const { t, asked, about, who, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier };
  const found = await get("adjustments", given, signal);
  const { period, generation } = found;
  const rows = rowsOf(found.adjustments);
  const files = (name) => ({ path: "adjustments", asked: { ...given, period }, table: name });
  const months = [
    { label: t("Usage month"), cell: (row) => month(row.usage_period) }, { label: t("Booked into"), cell: (row) => month(row.booked_period) },
    { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) },
  ];
  const change = (key, label = t.code("column", key)) => ({ key, label, kind: COUNTS.has(key) ? "signed" : "signed_amount" });
  const amounts = [
    change("list_value"), ...NATURES.map((key) => change(key, natureName(t, key))), change("payable"),
    change("forbearances"), change("refund"),
  ];
  const acts = new Set(rows.map((row) => row.adjustment)).size;
  return {
    title: t("Adjustments, {month}", { month: month(period) }), period, generation,
    nodes: [
      patterns(),
      h("p", { class: "lead" }, rows.length === 0 ? standing("good", t("No adjustment is of this month or booked into it."))
        : t.n("{count} adjustment is of this month or booked into it.", "{count} adjustments are of this month or booked into it.", { count: acts })),
      rows.length === 0
        ? h("p", {}, t("A signed month that was settled anew, for late usage or mended data, differs from what was signed. doisoat adjust books the difference into a later month."))
        : h("p", {}, t("Each figure is after − before, in {currency_name}. The signed month itself stays as it was signed.")),
      who.may.lines && filters(context, period, [ofCarriers(context)]),
      rows.length > 0 && table(t, {
        caption: t("Adjustments, {month}: after − before ({currency_name})", { month: month(period) }), rows, files: files("adjustments"),
        columns: [...months, change("events"), change("suspended"), ...amounts],
      }),
      rows.length > 0 && who.may.lines && h("section", {}, h("h2", {}, t("Why")), table(t, {
        caption: t("Adjustments by cause, {month}: after − before ({currency_name})", { month: month(period) }), rows: rowsOf(found.causes), files: files("causes"),
        columns: [...months, { label: t("Cause"), cell: (row) => t.of("adjusted_for", row.cause) }, { key: "changed_events", label: t("Events that changed"), kind: "whole" }, ...amounts],
      })),
      rows.length > 0 && h("details", {}, h("summary", {}, t("Adjustments and runs")), h("ul", {}, [...new Map(rows.map((row) => [row.adjustment, row])).values()].map((row) =>
        h("li", {}, h("code", {}, row.adjustment), ": ", h("code", {}, row.run_before), " → ", h("code", {}, row.run_after))))),
    ].filter(Boolean),
  };
}
