// A carrier: its statements month by month, its relief, and its usage of a month.

import { get, rowsOf } from "../api.js";
import { draw } from "../chart.js";
import { h, pairs } from "../dom.js";
import { dong, grouped, month, whole } from "../figures.js";
import { addressOf } from "../places.js";
import { linesOf } from "../relief_lines.js";
import { table } from "../table.js";

export async function carrier({ t, lang, id, asked, signal }) {
  const found = await get(`carrier/${encodeURIComponent(id)}`, { period: asked.period }, signal);
  const { period, carrier: about, generation } = found;
  const files = (name) => ({ path: `carrier/${encodeURIComponent(id)}`, asked: { period }, table: name });
  const name = t.called(about, "name");
  const statements = table(t, {
    caption: t("statements_of", name), rows: rowsOf(found.statements), files: files("statements"),
    columns: [
      { label: t("period"), cell: (row) => h("a", { href: addressOf({ lang, view: "statement", id, asked: { period: row.period } }) }, month(row.period)) },
      ...["events", "suspended", "list_value", "discount", "payable", "in_kind", "contribution", "recognised", "own_account"]
        .map((key) => ({ key, label: t(`column.${key}`), kind: "whole" })),
    ],
  });
  const kinds = table(t, {
    caption: t("kinds_of", month(period)), rows: rowsOf(found.kinds), files: files("kinds"),
    columns: [
      { label: t("kind"), cell: (row) => t.of("kind", row.kind) },
      { key: "events", label: t("column.events"), kind: "whole" }, { key: "units", label: t("column.quantity"), kind: "whole" },
      { label: t("unit"), cell: (row) => t.of("unit_of", row.kind) }, { key: "list_value", label: t("column.list_value"), kind: "whole" },
    ],
  });
  return {
    title: name, period, generation, trail: [[t("nav.overview"), { view: "overview", asked: { period } }], [name]],
    nodes: [
      pairs([[t("code"), h("code", {}, about.carrier)], [t("source"), about.source], [t("mark"), about.mark && t.of("mark", about.mark)]]),
      h("section", {}, h("h2", {}, t("statements")), statements),
      h("section", {}, h("h2", {}, t("relief_by_day")), await days(t, found, files("relief_days"))),
      h("section", {}, h("h2", {}, t("relief")), linesOf({ t, lang }, { period, carrier: id, caption: t("relief_of", month(period)), rows: rowsOf(found.lines), files: files("lines") })),
      h("section", {}, h("h2", {}, t("usage")), kinds),
    ],
  };
}

async function days(t, found, files) {
  const rows = rowsOf(found.relief_days);
  const caption = t("relief_by_day");
  // A picture a nature: natures do not add up.
  const natures = [...new Set(rows.map((row) => row.nature))];
  const charts = await Promise.all(natures.map(async (nature) => {
    const dated = rows.filter((row) => row.nature === nature && row.day != null);
    if (dated.length < 2) return null;
    const sum = rows.filter((row) => row.nature === nature).reduce((all, row) => all + whole(row.amount), 0n);
    const says = t("relief_says", t.of("nature", nature), dong(sum), grouped(dated.length));
    return h("figure", { class: "chart" }, h("figcaption", {}, says),
      await draw(t, { points: dated, label: `${caption}. ${says}`, ceiling: null, y: t.of("nature", nature) }));
  }));
  return [
    ...charts,
    h("details", {}, h("summary", {}, t("as_table", caption)), table(t, {
      caption, rows, files,
      columns: [
        { key: "day", label: t("day"), kind: "day" }, { label: t("nature"), cell: (row) => t.of("nature", row.nature) },
        { key: "events", label: t("column.relief_lines"), kind: "whole" }, { key: "amount", label: t("column.amount"), kind: "whole" },
      ],
    })),
  ];
}
