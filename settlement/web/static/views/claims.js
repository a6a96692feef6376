// What carriers declared, each version as it was filed, some at a time.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { month } from "../figures.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const NATURES = ["discount", "in_kind", "contribution", "forbearance"];

export async function claims(context) {
  const { t, asked, about, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier };
  let found;
  try {
    found = await get("claims", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("nav.claims"), nodes: [h("p", {}, t("no_claims"))] };
  }
  return {
    title: t("nav.claims"), generation: found.generation, period: found.period,
    nodes: [
      h("p", {}, t("claims_about")),
      table(t, {
        caption: t("claims_of", month(found.period)), rows: rowsOf(found.claims), files: { path: "claims", asked: given, table: "claims" },
        columns: [
          { label: t("carrier"), wide: true, cell: (row) => carrierName(t, about, row.carrier) }, { label: t("grain"), cell: (row) => t.of("grain", row.grain) },
          { key: "version", label: t("version"), kind: "whole" },
          { label: t("in_force"), cell: (row) => t(row.in_force ? "yes" : "no") },
          { key: "filed_at", label: t("filed_at"), kind: "moment" }, { key: "form", label: t("form") },
          { key: "rows", label: t("rows"), kind: "whole" },
          // Of a statement its item; of the others each nature by itself, since they do not add up.
          { key: "relief", label: t("column.claimed_relief"), kind: "whole" },
          ...NATURES.map((key) => ({ key, label: t(`column.${key}`), kind: "whole" })),
          { key: "findings", label: t("findings"), kind: "whole" }, { key: "sha256", label: "SHA-256", code: true },
        ],
      }),
      pager(context, found),
    ],
  };
}
