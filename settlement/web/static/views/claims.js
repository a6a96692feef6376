// What carriers declared, each version as it was filed.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { table } from "../table.js";

const ROWS_MAX = 1000;

export async function claims({ t, asked, about, signal }) {
  const path = "tables/settlement/claim";
  let found;
  try {
    found = await get(path, { limit: ROWS_MAX }, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("nav.claims"), nodes: [h("p", {}, t("no_claims"))] };
  }
  const period = asked.period ?? about.periods.at(-1);
  const rows = rowsOf(found.rows).filter((row) => row.period === period);
  const name = (row) => (about.carriers[row.carrier] ? t.called(about.carriers[row.carrier], "name") : row.carrier);
  return {
    title: t("nav.claims"), generation: found.generation, period,
    nodes: [
      h("p", {}, t("claims_about")),
      table(t, {
        caption: t("nav.claims"), rows, files: { path, asked: { limit: ROWS_MAX }, table: "rows" },
        columns: [
          { label: t("carrier"), cell: name }, { label: t("grain"), cell: (row) => t.of("grain", row.grain) },
          { key: "version", label: t("version"), kind: "whole" },
          { label: t("in_force"), cell: (row) => t(row.in_force ? "yes" : "no") },
          { key: "filed_at", label: t("filed_at"), kind: "moment" }, { key: "form", label: t("form") },
          { key: "rows", label: t("rows"), kind: "whole" }, { key: "amount", label: t("column.amount"), kind: "whole" },
          { key: "findings", label: t("findings"), kind: "whole" }, { key: "sha256", label: "SHA-256", code: true },
        ],
      }),
    ],
  };
}
