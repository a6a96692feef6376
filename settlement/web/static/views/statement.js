// A carrier's statement of a month: its figures, what programmes count of it, its lines.

import { get, rowsOf } from "../api.js";
import { announced } from "../announcements.js";
import { h } from "../dom.js";
import { figureOf, grouped, month } from "../figures.js";
import { addressOf } from "../places.js";
import { linesOf } from "../relief_lines.js";
import { table } from "../table.js";
import { codesOf } from "../words.js";

const COUNTS = new Set(["events", "rated", "suspended", "forbearances", "refunds", "overcharged"]);

export async function statement({ t, lang, id, asked, about, who, signal }) {
  const path = `statement/${encodeURIComponent(id)}`;
  const found = await get(path, { period: asked.period }, signal);
  const { period, generation } = found;
  const name = about.carriers[id] ? t.called(about.carriers[id], "name") : id;
  const title = t("Statement of {carrier}, {month}", { carrier: name, month: month(period) });
  const files = (of) => ({ path, asked: { period }, table: of });
  const items = codesOf("item").filter((key) => found.statement[key] != null)
    .map((key) => ({ item: t.code("item", key), unit: COUNTS.has(key) ? t.in("report text", "times") : t("{currency_name}"), value: COUNTS.has(key) ? grouped(found.statement[key]) : figureOf(found.statement[key]) }));
  return {
    title, period, generation,
    trail: [
      [t("Overview"), { view: "overview", asked: { period } }],
      [name, { view: "carrier", id, asked: { period } }], [t("Statement")],
    ],
    nodes: [
      h("section", {}, h("h2", {}, t("Figures")), table(t, {
        caption: title, hides: true, isNarrow: true, rows: items,
        columns: [
          { key: "item", label: t("Item"), wide: true }, { key: "value", label: t("Value"), kind: "raw", cell: (row) => row.value },
          { key: "unit", label: t.in("column", "Unit") },
        ],
      }), who.user.role !== "reader" && h("p", { class: "ways" }, [["suspense", t("Suspended events of this month")], ["refunds", t("Refunds of this month")]].map(([view, text]) => h("a", { href: addressOf({ lang, view, asked: { period, carrier: id } }) }, text)))),
      h("section", {}, h("h2", {}, t("Relief")), linesOf({ t, lang }, { period, carrier: id, caption: t("Relief by measure, {month}", { month: month(period) }), rows: rowsOf(found.lines), files: files("lines") })),
      h("section", {}, h("h2", {}, t("Programmes")), table(t, {
        caption: t("What programmes recognise, {month} ({currency_name})", { month: month(period) }), rows: rowsOf(found.programmes), files: files("programmes"),
        none: t("No programme of the package counts relief of the carrier this month."),
        columns: [
          { key: "programme", label: t("Programme"), code: true },
          ...["relief", "relief_to_date", "recognised", "own_account", "true_up", "recognised_to_date"]
            .map((key) => ({ key, label: t.code("column", key), kind: "amount" })),
        ],
      })),
      ...announced(t, found, files("announcements")),
      found.unpriced?.rows.length ? h("section", {}, h("h2", {}, t("Events without a price")), h("p", {}, t.code("to_do", "unpriced", { carrier: id })), table(t, {
        caption: t("Events without a price, {month}: by plan, kind and destination (of a pack its name)", { month: month(period) }), rows: rowsOf(found.unpriced), files: files("unpriced"),
        columns: [
          { key: "plan", label: t("Plan"), code: true },
          { key: "kind", label: t("Kind"), cell: (row) => t.of("kind", row.kind) },
          { key: "destination", label: t.code("event", "destination"), code: true },
          { key: "events", label: t.code("column", "events"), kind: "whole" },
        ],
      })) : null,
    ],
  };
}
