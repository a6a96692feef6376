// Relief by measure and nature, each line with its ways down to days and provinces.

import { h } from "./dom.js";
import { addressOf } from "./places.js";
import { quantity } from "./quantities.js";
import { table } from "./table.js";

const MERGED = "*"; // small cells under one name: there is nothing below

/** A table of lines of a statement. rows: as the API has them. */
export function linesOf({ t, lang }, { period, carrier, caption, rows, files }) {
  const down = (row, by, text) =>
    h("a", {
      href: addressOf({ lang, view: "cells", asked: { period, carrier, measure: row.measure, nature: row.nature, by } }),
      "aria-label": `${text}: ${row.measure} ${t.of("nature", row.nature)}`,
    }, text);
  const ways = (row) =>
    row.measure === MERGED ? t("small cells, merged") : h("span", { class: "ways" }, down(row, "day", t("by day")), " ", down(row, "home_province", t("by province")));
  return table(t, {
    caption, rows, files, none: t("No measure relieved an event of the carrier this month."),
    columns: [
      { label: t("Measure"), cell: (row) => row.measure, code: true },
      { label: t.in("name", "Title"), cell: (row) => t.called(row), wide: true },
      { label: t("Nature"), cell: (row) => t.of("nature", row.nature) },
      { key: "events", label: t.code("column", "events"), kind: "whole" },
      { label: t.code("column", "quantity"), kind: "raw", cell: (row) => quantity(t, row.kind, row.units) },
      ...["amount", "vat"].map((key) => ({ key, label: t.code("column", key), kind: "amount" })),
      { label: t("Details"), cell: ways, onScreen: true },
      { label: t("Document"), cell: (row) => t.called(row, "document_vi", "document"), wide: true },
    ],
  });
}
