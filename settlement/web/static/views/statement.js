// A carrier's statement of a month: its figures, what programmes count of it, its lines.

import { get, rowsOf } from "../api.js";
import { announced } from "../announcements.js";
import { h } from "../dom.js";
import { month } from "../figures.js";
import { linesOf } from "../relief_lines.js";
import { table } from "../table.js";

const ITEMS = [
  "events", "rated", "suspended", "list_value", "discount", "payable", "discount_vat", "in_kind",
  "contribution", "forbearances", "refunds", "refund", "overcharged", "overcharge", "relief",
  "recognised", "own_account",
];
const COUNTS = new Set(["events", "rated", "suspended", "forbearances", "refunds", "overcharged"]);

export async function statement({ t, lang, id, asked, about, signal }) {
  const path = `statement/${encodeURIComponent(id)}`;
  const found = await get(path, { period: asked.period }, signal);
  const { period, generation } = found;
  const name = about.carriers[id] ? t.called(about.carriers[id], "name") : id;
  const title = t("statement_title", name, month(period));
  const files = (of) => ({ path, asked: { period }, table: of });
  const items = ITEMS.filter((key) => found.statement[key] != null)
    .map((key) => ({ item: t(`item.${key}`), unit: t(COUNTS.has(key) ? "unit.count" : "unit.dong"), value: found.statement[key] }));
  return {
    title, period, generation,
    trail: [
      [t("nav.overview"), { view: "overview", asked: { period } }],
      [name, { view: "carrier", id, asked: { period } }], [t("statement")],
    ],
    nodes: [
      h("section", {}, h("h2", {}, t("figures")), table(t, {
        caption: title, hides: true, isNarrow: true, rows: items,
        columns: [
          { key: "item", label: t("item"), wide: true }, { key: "value", label: t("value"), kind: "whole" },
          { key: "unit", label: t("unit") },
        ],
      })),
      h("section", {}, h("h2", {}, t("relief")), linesOf({ t, lang }, { period, carrier: id, caption: t("relief_of", month(period)), rows: rowsOf(found.lines), files: files("lines") })),
      h("section", {}, h("h2", {}, t("programmes")), table(t, {
        caption: t("programmes_of", month(period)), rows: rowsOf(found.programmes), files: files("programmes"),
        columns: [
          { key: "programme", label: t("programme"), code: true },
          ...["relief", "relief_to_date", "recognised", "own_account", "true_up", "recognised_to_date"]
            .map((key) => ({ key, label: t(`column.${key}`), kind: "whole" })),
        ],
      })),
      ...announced(t, found, files("announcements")),
      found.unpriced?.rows.length ? h("section", {}, h("h2", {}, t("unpriced")), table(t, {
        caption: t("unpriced_of", month(period)), rows: rowsOf(found.unpriced), files: files("unpriced"),
        columns: [
          { key: "plan", label: t("plan"), code: true },
          { key: "kind", label: t("kind"), cell: (row) => t.of("kind", row.kind) },
          { key: "destination", label: t("event.destination"), code: true },
          { key: "events", label: t("column.events"), kind: "whole" },
        ],
      })) : null,
    ],
  };
}
