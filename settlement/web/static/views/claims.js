// What carriers declared, each version as it was filed, some at a time.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { month } from "../figures.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

export async function claims(context) {
  const { t, asked, about, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier };
  let found;
  try {
    found = await get("claims", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("Claims"), nodes: [h("p", {}, t("The file of this role has no claims; the ministry’s auditors see them."))] };
  }
  return {
    title: t("Claims"), generation: found.generation, period: found.period,
    nodes: [
      h("p", {}, t("What carriers declared, kept as it was filed; the latest version is the one reconciled.")),
      table(t, {
        caption: t("Claims, {month}", { month: month(found.period) }), rows: rowsOf(found.claims),
        none: t("No claim of this month was filed. doisoat claim template {period} --carrier CARRIER --grain measure --out FILE.xlsx makes the form; doisoat claim file FILE.xlsx takes it in.", { period: found.period }),
        files: { path: "claims", asked: given, table: "claims" },
        columns: [
          { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) }, { label: t("Grain"), cell: (row) => t.of("grain", row.grain) },
          { key: "version", label: t("Version"), kind: "whole" },
          { label: t("In force"), cell: (row) => (row.in_force ? t("yes") : t("no")) },
          { key: "filed_at", label: t("Filed ({zone_name} time)"), kind: "moment" }, { key: "form", label: t("Form") },
          { key: "rows", label: t("Rows"), kind: "whole" },
          // Of a statement its item; of the others each nature by itself, since they do not add up.
          { key: "relief", label: t.code("column", "claimed_relief"), kind: "amount" },
          ...codesOf("nature").map((key) => ({ key, label: t.code("column", key), kind: "amount" })),
          { key: "findings", label: t("Findings"), kind: "whole" }, { key: "sha256", label: "SHA-256", code: true },
        ],
      }),
      pager(context, found),
    ],
  };
}
