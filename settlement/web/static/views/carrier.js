// A carrier: its statements month by month, its relief, and its usage of a month.

import { get, rowsOf } from "../api.js";
import { picture } from "../chart.js";
import { h, pairs } from "../dom.js";
import { amountText, grouped, month, whole } from "../figures.js";
import { addressOf } from "../places.js";
import { quantity } from "../quantities.js";
import { patterns } from "../natures.js";
import { provinces } from "../province_list.js";
import { linesOf } from "../relief_lines.js";
import { table } from "../table.js";

export async function carrier(context) {
  const { t, lang, id, asked, signal } = context;
  const found = await get(`carrier/${encodeURIComponent(id)}`, { period: asked.period }, signal);
  const { period, carrier: about, generation } = found;
  const files = (name) => ({ path: `carrier/${encodeURIComponent(id)}`, asked: { period }, table: name });
  const name = t.called(about, "name");
  const statements = table(t, {
    caption: t("Statements of {carrier} (amounts in {currency_name})", { carrier: name }), rows: rowsOf(found.statements), files: files("statements"),
    columns: [
      { label: t("Period"), cell: (row) => h("a", { href: addressOf({ lang, view: "statement", id, asked: { period: row.period } }) }, month(row.period)) },
      ...["events", "suspended", "list_value", "discount", "payable", "in_kind", "contribution", "recognised", "own_account"]
        .map((key) => ({ key, label: t.code("column", key), kind: key === "events" || key === "suspended" ? "whole" : "amount" })),
    ],
  });
  const kinds = table(t, {
    caption: t("Usage by kind, {month} (amounts in {currency_name})", { month: month(period) }), rows: rowsOf(found.kinds), files: files("kinds"),
    none: t("No usage of this month is rated. doisoat intake takes files in; doisoat settle {period} rates them.", { period }),
    columns: [
      { label: t("Kind"), cell: (row) => t.of("kind", row.kind) },
      { key: "events", label: t.code("column", "events"), kind: "whole" },
      { label: t.code("column", "quantity"), kind: "raw", cell: (row) => quantity(t, row.kind, row.units) }, { key: "list_value", label: t.code("column", "list_value"), kind: "amount" },
    ],
  });
  return {
    title: name, period, generation, trail: [[t("Overview"), { view: "overview", asked: { period } }], [name]],
    nodes: [
      patterns(),
      pairs([[t("Code"), h("code", {}, about.carrier)], [t("Source"), about.source], [t("How firm"), about.mark && t.of("mark", about.mark)]]),
      h("section", {}, h("h2", {}, t("Statements")), statements),
      h("section", {}, h("h2", {}, t("Relief by day")), days(t, found, files("relief_days"))),
      h("section", { id: "provinces" }, h("h2", {}, t("By home province")), provinces(context, found, files("provinces"))),
      h("section", {}, h("h2", {}, t("Relief")), linesOf({ t, lang }, { period, carrier: id, caption: t("Relief by measure, {month}", { month: month(period) }), rows: rowsOf(found.lines), files: files("lines") })),
      h("section", {}, h("h2", {}, t("Usage")), kinds),
    ],
  };
}

function days(t, found, files) {
  const rows = rowsOf(found.relief_days);
  const caption = t("Relief by day");
  // A picture a nature: natures do not add up.
  const natures = [...new Set(rows.map((row) => row.nature))];
  const charts = natures.map((nature) => {
    const dated = rows.filter((row) => row.nature === nature && row.day != null);
    if (dated.length < 2) return null;
    const sum = rows.filter((row) => row.nature === nature).reduce((all, row) => all + whole(row.amount), 0n);
    const says = t("{nature}: {amount} in all, on {days} days with relief.", { nature: t.of("nature", nature), amount: amountText(sum), days: grouped(dated.length) });
    return h("figure", { class: "chart" }, h("figcaption", {}, says),
      picture({ ...files, asked: { ...files.asked, nature } }, `${caption}. ${says}`));
  });
  return [
    ...charts,
    h("details", {}, h("summary", {}, t("As a table: {caption}", { caption })), table(t, {
      caption, rows, files,
      columns: [
        { key: "day", label: t("Day"), kind: "day" }, { label: t("Nature"), cell: (row) => t.of("nature", row.nature) },
        { key: "events", label: t.code("column", "relief_lines"), kind: "whole" }, { key: "amount", label: t.code("column", "amount"), kind: "amount" },
      ],
    })),
  ];
}
