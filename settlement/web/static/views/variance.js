// One variance: both sides, why they differ, how it came to stand so, and what is behind it.

import { get, rowsOf } from "../api.js";
import { h, pairs } from "../dom.js";
import { detailOf, explanationsOf } from "../causes.js";
import { evidence } from "../evidence.js";
import { grouped, month, signed } from "../figures.js";
import { moves, movesFrom } from "../moves.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { carrierName, cellOf, figureOf, letterOf, stateOf } from "../variance_parts.js";

const SIDES = ["events", "units", "amount"];
const EXPLANATIONS_SHOWN = 5;

export async function variance(context) {
  const { t, id, asked, about, who, signal } = context;
  const path = `variance/${encodeURIComponent(id)}`;
  const found = await get(path, {}, signal);
  const { period, generation, variance: row } = found;
  const explanations = explanationsOf(row.causes);
  const behind = await evidence(context, found, explanations);
  return {
    title: t("variance_title", id.slice(0, 8)), period, generation, focusOn: asked.cause ? behind.heading : null,
    trail: [
      [t("nav.overview"), { view: "overview", asked: { period } }],
      [t("nav.variances"), { view: "variances", asked: { period } }], [id.slice(0, 8)],
    ],
    nodes: [
      summary(context, found),
      found.is_stale && h("p", { class: "alert" }, t("stale")),
      h("section", {}, h("h2", {}, t("both_sides")), sides(t, row, cellOf(t, about, row))),
      h("section", {}, h("h2", {}, t("whys")), why(context, found, explanations)),
      behind.node,
      h("section", {}, h("h2", {}, t("history")), history(t, found, path)),
      who.user.role === "auditor" && moves(context, generation, movesFrom([row.state]), () => [id]),
    ].filter(Boolean),
  };
}

function summary(context, { period, variance: row, lines }) {
  const { t, lang, about } = context;
  const link = (view, id, text) => h("a", { href: addressOf({ lang, view, id, asked: { period } }) }, text);
  return pairs([
    [t("carrier"), link("statement", row.carrier, carrierName(t, about, row.carrier))],
    [t("cell"), cellOf(t, about, row)], [t("state"), stateOf(t, row)],
    [t("verdict"), t.of("verdict", row.verdict)], [t("variance"), h("code", {}, row.variance)],
    [t("claim"), [link("claims", "", t("open")), " ", h("code", {}, row.claim)]], [t("run"), h("code", {}, row.run)],
    [t("lines_behind"), lines == null || row.is_total ? null : grouped(lines)],
    [t("letter"), letterOf(context, period, row.carrier, { [row.state]: 1 }, t("letter_of", month(period)))],
  ]);
}

function sides(t, row, cell) {
  const declared = (value) => (value == null ? t("not_declared") : grouped(value));
  const rows = SIDES.filter((key) => row.item == null || key === "amount").map((key) => ({
    which: figureOf(t, row, key), claimed: row[`claimed_${key}`], recomputed: row[`recomputed_${key}`],
  }));
  const difference = ({ claimed, recomputed }) => (claimed == null ? null : signed(BigInt(claimed) - BigInt(recomputed)));
  return table(t, {
    caption: t("both_sides_of", cell), rows, isNarrow: true,
    columns: [
      { key: "which", label: t("column.which"), wide: true }, { label: t("claimed"), cell: (one) => declared(one.claimed), kind: "raw" },
      { key: "recomputed", label: t("recomputed"), kind: "whole" }, { label: t("difference"), cell: difference, kind: "raw" },
    ],
  });
}

function why(context, found, explanations) {
  const { t } = context;
  const { variance: row } = found;
  const many = explanations.length > 1;
  const told = explanations.length === 0 ? t("why_none") : !many ? t("why_one")
    : t(row.verdict === "ambiguous" ? "why_many" : "why_variants", grouped(explanations.length));
  const one = (parts, place) => h("section", { class: "why" },
    many && h("h3", {}, t("explanation_number", grouped(place + 1))), parts.map((part) => cause(context, part, found)));
  const rest = explanations.slice(EXPLANATIONS_SHOWN);
  return [
    h("p", {}, told), explanations.slice(0, EXPLANATIONS_SHOWN).map(one),
    rest.length > 0 && h("details", {}, h("summary", {}, t("explanations_more", grouped(rest.length))),
      rest.map((parts, place) => one(parts, place + EXPLANATIONS_SHOWN))),
  ];
}

function cause({ t, lang, id, asked }, part, { evidence: seen, files }) {
  const has = seen.some((one) => one.cause === part.cause && one.detail === part.detail);
  const name = t.of("cause", part.cause);
  const link = has && h("a", {
    href: addressOf({ lang, view: "variance", id, asked: { period: asked.period, cause: part.cause, detail: part.detail } }),
  }, t("see_lines", detailOf(t, part, files)));
  return pairs([
    [t("cause"), name], [t("supposition"), t.of("supposes", part.cause)], [t("detail"), detailOf(t, part, files)],
    [t("detail_code"), part.detail && h("code", {}, `${part.cause}[${part.detail}]`)],
    [t("moves_by"), `${signed(part.amount)}\u00a0đ`], [t("evidence"), link || null],
  ]);
}

function history(t, { history: steps }, path) {
  const rows = rowsOf(steps);
  const names = rows.some((row) => row.who);
  return table(t, {
    caption: t("history_of"), rows, files: { path, asked: {}, table: "history" },
    columns: [
      { key: "at", label: t("at"), kind: "moment" }, { label: t("state"), cell: (row) => t.of("state", row.state) },
      ...(names ? [{ key: "who", label: t("who"), code: true }, { key: "by", label: t("by"), code: true }] : []),
      { key: "deadline", label: t("deadline"), kind: "day" }, { key: "why", label: t("why"), wide: true },
    ],
  });
}
