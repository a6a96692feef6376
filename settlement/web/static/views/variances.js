// What claims say otherwise than the recomputation, why, and how it stands: some at a time.

import { get, rowsOf } from "../api.js";
import { choice, field, h } from "../dom.js";
import { grouped, month, signed, whole } from "../figures.js";
import { detailOf, explanationsOf } from "../causes.js";
import { MOVES, moves, movesFrom } from "../moves.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { codesOf } from "../words.js";
import { carrierName, cellOf, letterOf, stateOf } from "../variance_parts.js";

const EXPLANATIONS_SHOWN = 3;

export async function variances(context) {
  const { t, lang, asked, who, signal, about } = context;
  const chosenOf = ({ period, carrier, state, verdict }) => ({ period, carrier, state, verdict });
  const given = chosenOf(asked);
  let found;
  try {
    found = await get("variances", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("Variances"), nodes: [h("p", {}, t("The file of this role has no table of variances."))] };
  }
  const { period, generation } = found;
  const rows = rowsOf(found.variances);
  const counts = rowsOf(found.counts);
  const may = who.user.role === "auditor";
  const inAll = counts.reduce((sum, row) => sum + whole(row.variances), 0n);
  const caption = t("Variances of {month}: {count} of {all} cells (đồng)", { month: month(period), count: grouped(found.count), all: grouped(inAll) });
  const chosen = new Set();
  const link = (row) => h("a", { href: addressOf({ lang, view: "variance", id: row.variance, asked: { period } }) }, h("code", {}, row.variance.slice(0, 8)));
  const columns = [
    may && { label: t("Choose"), head: false, onScreen: true, cell: (row) => box(t, row, chosen) },
    { label: t("Id"), head: true, cell: link },
    { label: t("Carrier"), wide: true, head: false, cell: (row) => carrierName(t, about, row.carrier) },
    { label: t("Cell"), wide: true, head: false, cell: (row) => cellOf(t, about, row) },
    { key: "claimed_amount", label: t("Claimed"), kind: "whole", head: false },
    { key: "recomputed_amount", label: t("Recomputed"), kind: "whole", head: false },
    { key: "difference", label: t("Difference"), kind: "signed", head: false },
    { label: t("State"), head: false, cell: (row) => stateOf(t, row) },
    { label: t("Verdict and causes"), wide: true, cell: (row) => causes(t, row), head: false },
  ].filter(Boolean);
  return {
    title: t("Variances"), period, generation,
    nodes: [
      filters(context, period),
      table(t, { caption, rows, columns, files: { path: "variances", asked: given, table: "variances" } }),
      pager(context, found),
      letters(context, period, counts),
      may && rows.length > 0 && moves(context, generation, Object.keys(MOVES), () => rows.map((row) => row.variance).filter((id) => chosen.has(id))),
    ].filter(Boolean),
  };
}

function filters({ t, asked, to, about, who }, period) {
  const any = ["", t("Any")];
  const control = (key, label, codes, words) =>
    field(label, choice([any, ...codes.map((code) => [code, words(code)])], asked[key] ?? "", {
      name: key, onchange: (event) => to("variances", "", { ...asked, offset: null, period, [key]: event.target.value }),
    }));
  return h("form", { class: "filters", "aria-label": t("Filter"), onsubmit: (event) => event.preventDefault() },
    control("state", t("State"), codesOf("state"), (code) => t.of("state", code)),
    control("verdict", t("Verdict"), codesOf("verdict"), (code) => t.of("verdict", code)),
    who.user.role !== "carrier" && control("carrier", t("Carrier"), Object.keys(about.carriers), (code) => carrierName(t, about, code)));
}

function box(t, row, chosen) {
  if (movesFrom([row.state]).length === 0) return "";
  return h("input", {
    type: "checkbox", "aria-label": t("Choose variance {variance}", { variance: row.variance.slice(0, 8) }),
    onchange: (event) => (event.target.checked ? chosen.add(row.variance) : chosen.delete(row.variance)),
  });
}

function causes(t, row) {
  const explanations = explanationsOf(row.causes);
  const part = (one) => h("span", {}, t.of("cause", one.cause), one.detail && `: ${detailOf(t, one)}`, ` (${signed(one.amount)}\u00a0đ)`);
  const one = (parts) => h("li", {}, parts.map((each, place) => [place > 0 && " + ", part(each)]));
  const more = explanations.length - EXPLANATIONS_SHOWN;
  return [t.of("verdict", row.verdict), explanations.length > 0 && h("ul", { class: "causes" },
    explanations.slice(0, EXPLANATIONS_SHOWN).map(one), more > 0 && h("li", {}, t("and {count} more: see the variance", { count: grouped(more) })))];
}

function letters(context, period, counts) {
  const { t } = context;
  const carriers = [...new Set(counts.map((row) => row.carrier))];
  const stand = (carrier) => {
    const sums = {};
    for (const row of counts) if (row.carrier === carrier) sums[row.state] = (sums[row.state] ?? 0) + Number(row.variances);
    return sums;
  };
  const links = carriers.map((carrier) => letterOf(context, period, carrier, stand(carrier))).filter(Boolean);
  if (links.length === 0) return null;
  return h("section", {}, h("h2", {}, t("Letters to carriers")), h("p", {}, t("A PDF as doisoat variance letter makes it. Where nothing was asked yet it is a draft, about what is new.")), h("ul", { class: "ways-list" }, links.map((one) => h("li", {}, one))));
}
