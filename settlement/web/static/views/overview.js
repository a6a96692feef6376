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
    caption: t("carriers_of", month(period)), rows: carriers, files: files("carriers"),
    columns: [
      { label: t("carrier"), wide: true, cell: (row) => link("carrier", row.carrier, t.called(row, "name") ?? row.carrier) },
      ...["events", "list_value", "discount", "payable", "in_kind", "contribution", "recognised", "own_account"]
        .map((key) => ({ key, label: t(`column.${key}`), kind: "whole" })),
      { label: t("statement"), onScreen: true, cell: (row) => link("statement", row.carrier, t("open"), `${t("open_statement")}: ${t.called(row, "name") ?? row.carrier}`) },
    ],
  });
  const ofMeasures = table(t, {
    caption: t("measures_of", month(period)), rows: rowsOf(found.measures), files: files("measures"),
    columns: [
      { label: t("measure"), cell: (row) => row.measure, code: true },
      { label: t("title"), cell: (row) => t.called(row), wide: true },
      { label: t("nature"), cell: (row) => t.of("nature", row.nature) },
      ...["carriers", "events", "units", "amount"].map((key) => ({ key, label: t(`column.${key}`), kind: "whole" })),
    ],
  });
  return {
    title: t("overview_of", month(period)), period, generation,
    nodes: [
      pairs([
        [t("state"), state && t.of("period", state)], [t("package"), run?.package],
        [t("run"), run && h("code", {}, run.run)], [t("result_digest"), run && h("code", {}, run.digest)],
      ]),
      h("section", {}, h("h2", {}, t("envelopes")), envelopes(t, rowsOf(found.programmes), files("programmes"))),
      h("section", {}, h("h2", {}, t("burn_down")), await burnDown(t, about, found, files("burn_down"))),
      h("section", {}, h("h2", {}, t("carriers")), ofCarriers),
      h("section", {}, h("h2", {}, t("measures")), ofMeasures),
      ...announced(t, found, files("announcements")),
    ],
  };
}
