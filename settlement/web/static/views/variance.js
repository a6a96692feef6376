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
    title: t("Variance {variance}…", { variance: id.slice(0, 8) }), period, generation, focusOn: asked.cause ? behind.heading : null,
    trail: [
      [t("Overview"), { view: "overview", asked: { period } }],
      [t("Variances"), { view: "variances", asked: { period } }], [id.slice(0, 8)],
    ],
    nodes: [
      summary(context, found),
      found.is_stale && h("p", { class: "alert" }, t("This month was settled again after the variance was found: the figures are of the run before. Reconcile again.")),
      h("section", {}, h("h2", {}, t("Both sides")), sides(t, row, cellOf(t, about, row))),
      h("section", {}, h("h2", {}, t("Why it differs")), why(context, found, explanations)),
      behind.node,
      h("section", {}, h("h2", {}, t("History")), history(t, found, path)),
      who.user.role === "auditor" && moves(context, generation, movesFrom([row.state]), () => [id]),
    ].filter(Boolean),
  };
}

function summary(context, { period, variance: row, lines }) {
  const { t, lang, about } = context;
  const link = (view, id, text) => h("a", { href: addressOf({ lang, view, id, asked: { period } }) }, text);
  return pairs([
    [t("Carrier"), link("statement", row.carrier, carrierName(t, about, row.carrier))],
    [t("Cell"), cellOf(t, about, row)], [t("State"), stateOf(t, row)],
    [t("Verdict"), t.of("verdict", row.verdict)], [t("Id"), h("code", {}, row.variance)],
    [t("Claim"), [link("claims", "", t.in("button", "Open")), " ", h("code", {}, row.claim)]], [t("Run"), h("code", {}, row.run)],
    [t("Lines behind the cell"), lines == null || row.is_total ? null : grouped(lines)],
    [t("Letter"), letterOf(context, period, row.carrier, { [row.state]: 1 }, t("letter to the carrier, {month} (PDF)", { month: month(period) }))],
  ]);
}

function sides(t, row, cell) {
  const declared = (value) => (value == null ? t("not declared") : grouped(value));
  const rows = SIDES.filter((key) => row.item == null || key === "amount").map((key) => ({
    which: figureOf(t, row, key), claimed: row[`claimed_${key}`], recomputed: row[`recomputed_${key}`],
  }));
  const difference = ({ claimed, recomputed }) => (claimed == null ? null : signed(BigInt(claimed) - BigInt(recomputed)));
  return table(t, {
    caption: t("Both sides of the cell: {cell}", { cell }), rows, isNarrow: true,
    columns: [
      { key: "which", label: t.code("column", "which"), wide: true }, { label: t("Claimed"), cell: (one) => declared(one.claimed), kind: "raw" },
      { key: "recomputed", label: t("Recomputed"), kind: "whole" }, { label: t("Difference"), cell: difference, kind: "raw" },
    ],
  });
}

function why(context, found, explanations) {
  const { t } = context;
  const { variance: row } = found;
  const many = explanations.length > 1;
  const told = explanations.length === 0 ? t("No cause, alone or two together, comes to the difference to the đồng.") : !many ? t("This explanation comes to the difference to the đồng.")
    : row.verdict === "ambiguous" ? t("{count} explanations come to the difference. Which of them holds only the carrier can say.", { count: grouped(explanations.length) }) : t("The cause is one, but {count} cases of it come to the difference (which file or day stays open).", { count: grouped(explanations.length) });
  const one = (parts, place) => h("section", { class: "why" },
    many && h("h3", {}, t("Explanation {number}", { number: grouped(place + 1) })), parts.map((part) => cause(context, part, found)));
  const rest = explanations.slice(EXPLANATIONS_SHOWN);
  return [
    h("p", {}, told), explanations.slice(0, EXPLANATIONS_SHOWN).map(one),
    rest.length > 0 && h("details", {}, h("summary", {}, t("{count} more explanations", { count: grouped(rest.length) })),
      rest.map((parts, place) => one(parts, place + EXPLANATIONS_SHOWN))),
  ];
}

function cause({ t, lang, id, asked, about }, part, { evidence: seen, files }) {
  const has = seen.some((one) => one.cause === part.cause && one.detail === part.detail);
  const name = t.of("cause", part.cause);
  const link = has && h("a", {
    href: addressOf({ lang, view: "variance", id, asked: { period: asked.period, cause: part.cause, detail: part.detail } }),
  }, t("See the lines: {detail}", { detail: detailOf(t, part, files, about.provinces) }));
  return pairs([
    [t("Cause"), name], [t("What is supposed"), t.of("supposes", part.cause)], [t("Detail"), detailOf(t, part, files, about.provinces)],
    [t("Code of the detail"), part.detail && h("code", {}, `${part.cause}[${part.detail}]`)],
    [t("Moves the figure by"), `${signed(part.amount)}\u00a0đ`], [t("Evidence"), link || null],
  ]);
}

function history(t, { history: steps }, path) {
  const rows = rowsOf(steps);
  const names = rows.some((row) => row.who);
  return table(t, {
    caption: t("Its states, step by step"), rows, files: { path, asked: {}, table: "history" },
    columns: [
      { key: "at", label: t("When (Vietnam time)"), kind: "moment" }, { label: t("State"), cell: (row) => t.of("state", row.state) },
      ...(names ? [{ key: "who", label: t("Account@host"), code: true }, { key: "by", label: t("On behalf of"), code: true }] : []),
      { key: "deadline", label: t("Deadline"), kind: "day" }, { key: "why", label: t("Reason"), wide: true },
    ],
  });
}
