// What a month came to: programmes against their envelopes, carriers, measures, and burn-down.

import { get, rowsOf } from "../api.js";
import { announced } from "../announcements.js";
import { burnDown } from "../burn_down.js";
import { envelopes } from "../envelopes.js";
import { h, pairs } from "../dom.js";
import { month } from "../figures.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";

export async function overview({ t, lang, asked, about, signal }) {
  const found = await get("overview", { period: asked.period }, signal);
  const { period, run, generation } = found;
  const files = (name) => ({ path: "overview", asked: { period }, table: name });
  const link = (view, id, text, label) =>
    h("a", { href: addressOf({ lang, view, id, asked: { period } }), "aria-label": label }, text);
  const carriers = rowsOf(found.carriers);
  const periods = rowsOf(found.periods);
  const state = periods.find((one) => one.period === period)?.state;

  const ofCarriers = table(t, {
    caption: t("Carriers, {month} (amounts in đồng)", { month: month(period) }), rows: carriers, files: files("carriers"),
    columns: [
      { label: t("Carrier"), wide: true, cell: (row) => link("carrier", row.carrier, t.called(row, "name") ?? row.carrier) },
      ...["events", "list_value", "discount", "payable", "in_kind", "contribution", "recognised", "own_account"]
        .map((key) => ({ key, label: t.code("column", key), kind: "whole" })),
      { label: t("Statement"), onScreen: true, cell: (row) => link("statement", row.carrier, t.in("button", "Open"), `${t("Open the statement")}: ${t.called(row, "name") ?? row.carrier}`) },
    ],
  });
  const ofMeasures = table(t, {
    caption: t("Measures, all carriers, {month} (amounts in đồng)", { month: month(period) }), rows: rowsOf(found.measures), files: files("measures"),
    columns: [
      { label: t("Measure"), cell: (row) => row.measure, code: true },
      { label: t.in("name", "Title"), cell: (row) => t.called(row), wide: true },
      { label: t("Nature"), cell: (row) => t.of("nature", row.nature) },
      ...["carriers", "events", "units", "amount"].map((key) => ({ key, label: t.code("column", key), kind: "whole" })),
    ],
  });
  return {
    title: t("Overview of {month}", { month: month(period) }), period, generation,
    nodes: [
      pairs([
        [t("State"), state && t.of("period", state)], [t("Package"), run?.package],
        [t("Run"), run && h("code", {}, run.run)], [t("Result digest"), run && h("code", {}, run.digest)],
      ]),
      h("section", {}, h("h2", {}, t("Programmes against their envelopes")), envelopes(t, rowsOf(found.programmes), files("programmes"))),
      h("section", {}, h("h2", {}, t("How envelopes are used up")), burnDown(t, about, found, files("burn_down"))),
      h("section", {}, h("h2", {}, t("Carriers")), ofCarriers),
      h("section", {}, h("h2", {}, t("Measures")), ofMeasures),
      ...announced(t, found, files("announcements")),
    ],
  };
}
