// Who signed which statement when, over which figures, and how that stands against the run in force.

import { get, rowsOf } from "../api.js";
import { chainOf, verifiedWhen } from "../chain.js";
import { h } from "../dom.js";
import { grouped, month } from "../figures.js";
import { standing } from "../icons.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";

const LOOKS = { unsigned: "plain", in_force: "good", settled_anew: "warn", broken: "warn" };
const SHOWN = 8; // of a digest; files have it whole

export async function signatures(context) {
  const { t, lang, asked, about, signal } = context;
  const given = { period: asked.period };
  const found = await get("signatures", given, signal);
  const { period, generation, chain, broken, verified } = found;
  const rows = rowsOf(found.signatures);
  const signed = rows.filter((row) => row.standing !== "unsigned").length;
  const short = (digest) => digest && h("code", { title: digest }, `${digest.slice(0, SHOWN)}…`);
  const variances = (row) => (row.waiting ? h("a", { href: addressOf({ lang, view: "variances", asked: { period, carrier: row.carrier } }) }, t("{count} not decided", { count: grouped(row.waiting) })) : null);
  return {
    title: t("Signatures and log, {month}", { month: month(period) }), period, generation,
    nodes: [
      h("p", { class: "lead" }, t.n("{signed} of {count} statement is signed.", "{signed} of {count} statements are signed.", { signed: grouped(signed), count: rows.length })),
      signed === 0 && h("p", {}, t("A month is signed with a key of the home: doisoat sign {period} --key FILE. Whoever settled it may not sign it.", { period })),
      table(t, {
        caption: t("Statements and their signatures, {month}", { month: month(period) }), rows, files: { path: "signatures", asked: { period }, table: "signatures" },
        columns: [
          { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) }, { key: "number", label: t.in("of minutes", "Number") },
          { label: t("Standing"), cell: (row) => standing(LOOKS[row.standing], t.of("signature", row.standing)) },
          { key: "signed_at", label: t("Signed ({zone_name} time)"), cell: (row) => row.signed_at && momentOf(row.signed_at) }, { key: "key", label: t("Signing key"), code: true },
          { label: t("Digest of the figures"), cell: (row) => short(row.manifest_sha256) }, { label: t("Variances"), cell: variances },
        ],
      }),
      broken.length > 0 && h("p", { class: "alert", role: "alert" }, broken.map(({ entry, fault }) => t("Line {entry} of the log: {fault}.", { entry: grouped(entry), fault })).join(" ")),
      h("h2", {}, t("The log")), chainOf(t, chain),
      h("p", {}, h("a", { class: "go", href: addressOf({ lang, view: "log" }) }, t("See the lines of the log"))),
      h("p", {}, verifiedWhen(t, verified), verified && [". ", t("It was {who} who verified; the line says it and proves nothing.", { who: verified.who })]),
      h("p", {}, t("The page does not verify: doisoat verify reads every file, table and signature again; with --record the log says that all was right.")),
    ].filter(Boolean),
  };
}

/** A moment without seconds. */
export const momentOf = (text) => `${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)} ${text.slice(11, 16)}`;
