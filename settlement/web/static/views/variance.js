// One variance: both sides, why they differ, how it came to stand so, and what is behind it.

import { get, rowsOf } from "../api.js";
import { h, pairs } from "../dom.js";
import { detailOf, explanationsOf } from "../causes.js";
import { evidence } from "../evidence.js";
import { amountText, figureOf, grouped, month, signed, signedAmount, signedFigure, whole } from "../figures.js";
import { moves, outcome } from "../moves.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { COUNTED, carrierName, cellOf, letterOf, shortName, stateOf, unitsOf } from "../variance_parts.js";

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
    title: called(t, about, row), period, generation, focusOn: asked.cause ? behind.heading : null,
    trail: [
      [t("Overview"), { view: "overview", asked: { period } }],
      [t("Variances"), { view: "variances", asked: { period } }], [cellOf(t, about, row)],
    ],
    nodes: [
      beside(context, found), outcome(context),
      summary(context, found),
      found.is_stale && h("p", { class: "alert" }, t("This month was settled again after the variance was found: the figures are of the run before. Reconcile again.")),
      h("section", {}, h("h2", {}, t("Both sides")), sides(t, row, cellOf(t, about, row))),
      h("section", {}, h("h2", {}, t("Why it differs")), why(context, found, explanations)),
      who.user.role === "auditor" && h("section", {}, h("h2", {}, t("Move on")), moves({ ...context, period }, {
        generation, chosen: new Map([[id, { carrier: row.carrier, state: row.state }]]), days: found.days_to_answer, isOne: true,
      }).node),
      behind.node,
      h("section", {}, h("h2", {}, t("History")), history(t, found, path)),
      h("details", {}, h("summary", {}, t("Id, claim and run")), ids(context, found)),
    ].filter(Boolean),
  };
}

/** Whose figure it is, and by how much it is short or over. */
function called(t, about, row) {
  const [carrier, difference] = [shortName(about, row.carrier), whole(row.difference)];
  const amount = amountText(difference < 0n ? -difference : difference);
  if (difference < 0n) return t("{carrier} claims {amount} too little", { carrier, amount });
  return difference > 0n ? t("{carrier} claims {amount} too much", { carrier, amount }) : t("{carrier} claims otherwise, but no other amount", { carrier });
}

/** The ways to the other variances of its cause, and to all of them. */
function beside({ t, lang }, { period, beside: found }) {
  if (!found || found.count < 2) return null;
  const link = (place, text, rel) => h("a", { href: addressOf({ lang, ...place }), rel }, text);
  const one = (id, text, rel) => id && link({ view: "variance", id, asked: { period } }, text, rel);
  const all = link({ view: "variances", asked: { period, open: found.group } }, t("{number} of {count} of its cause", { number: grouped(found.place + 1), count: grouped(found.count) }));
  return h("nav", { class: "ways", "aria-label": t("Variances of the same cause") },
    one(found.before, t("‹ previous"), "prev"), all, one(found.after, t("next ›"), "next"));
}

function summary(context, { period, variance: row, lines }) {
  const { t, lang, about } = context;
  const link = (view, id, text) => h("a", { href: addressOf({ lang, view, id, asked: { period } }) }, text);
  return pairs([
    [t("Carrier"), link("statement", row.carrier, carrierName(t, about, row.carrier))],
    [t("Cell"), cellOf(t, about, row)], [t("State"), stateOf(t, row)],
    [t("Verdict"), t.of("verdict", row.verdict)],
    [t("Lines behind the cell"), lines == null || row.is_total ? null : grouped(lines)],
    [t("Letter"), letterOf(context, period, row.carrier, { [row.state]: 1 }, t("letter to the carrier, {month} (PDF)", { month: month(period) }))],
  ]);
}

function ids({ t, lang }, { period, variance: row }) {
  const code = (text) => h("code", {}, text);
  return pairs([
    [t("Id"), code(row.variance)],
    [t("Claim"), h("a", { href: addressOf({ lang, view: "claims", asked: { period } }) }, code(row.claim))], [t("Run"), code(row.run)],
  ]);
}

function sides(t, row, cell) {
  const said = (key, value) => (key === "units" ? unitsOf(t, row, value) : COUNTED.has(row.item) || key !== "amount" ? grouped(value) : figureOf(value));
  const declared = ({ key, claimed }) => (claimed == null ? t("not declared") : said(key, claimed));
  const rows = SIDES.filter((key) => row.item == null || key === "amount").map((key) => ({
    key, which: t.code("column", key === "units" ? "quantity" : key), claimed: row[`claimed_${key}`], recomputed: row[`recomputed_${key}`],
  }));
  const difference = ({ key, claimed, recomputed }) => {
    if (claimed == null) return null;
    const amount = whole(claimed) - whole(recomputed);
    return key === "units" ? [amount > 0n && "+", unitsOf(t, row, amount)] : COUNTED.has(row.item) || key !== "amount" ? signed(amount) : signedFigure(amount);
  };
  return table(t, {
    caption: t("Both sides of the cell: {cell}", { cell }), rows, isNarrow: true,
    columns: [
      { key: "which", label: t.code("column", "which"), wide: true }, { label: t("Claimed"), cell: declared, kind: "raw" },
      { label: t("Recomputed"), cell: ({ key, recomputed }) => said(key, recomputed), kind: "raw" }, { label: t("Difference"), cell: difference, kind: "raw" },
    ],
  });
}

function why(context, found, explanations) {
  const { t } = context;
  const { variance: row } = found;
  const many = explanations.length > 1;
  const told = explanations.length === 0 ? t("No cause, alone or two together, comes to the difference to the {currency_unit}.") : !many ? t("This explanation comes to the difference to the {currency_unit}.")
    : row.verdict === "ambiguous" ? t("{count} explanations come to the difference. Which of them holds only the carrier can say.", { count: grouped(explanations.length) }) : t("The cause is one, but {count} cases of it come to the difference (which file or day stays open).", { count: grouped(explanations.length) });
  const one = (parts, place) => h("section", { class: "why" },
    many && h("h3", {}, t("Explanation {number}", { number: grouped(place + 1) })), parts.map((part) => cause(context, part, found)));
  const rest = explanations.slice(EXPLANATIONS_SHOWN);
  return [
    h("p", {}, told), explanations.slice(0, EXPLANATIONS_SHOWN).map(one),
    rest.length > 0 && h("details", {}, h("summary", {}, t.n("{count} more explanation", "{count} more explanations", { count: rest.length })),
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
    [t("Moves the figure by"), signedAmount(part.amount)], [t("Evidence"), link || null],
  ]);
}

function history(t, { history: steps }, path) {
  const rows = rowsOf(steps);
  const names = rows.some((row) => row.who);
  return table(t, {
    caption: t("Its states, step by step"), rows, files: { path, asked: {}, table: "history" },
    columns: [
      { key: "at", label: t("When ({zone_name} time)"), kind: "moment" }, { label: t("State"), cell: (row) => t.of("state", row.state) },
      ...(names ? [{ key: "who", label: t("Account@host"), code: true }, { key: "by", label: t("On behalf of"), code: true }] : []),
      { key: "deadline", label: t("Deadline"), kind: "day" }, { key: "why", label: t("Reason"), wide: true },
    ],
  });
}
