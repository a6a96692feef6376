// Samples that neither side chose: what was decided, how far each has come, and what it shows.

import { get } from "../api.js";
import { h, pairs } from "../dom.js";
import { amountText, grouped, month, share } from "../figures.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const SIDE = ["found", "known", "projected", "lower", "upper"];

export async function samples({ t, about, signal }) {
  const { samples: found } = await get("samples", {}, signal);
  const nodes = found.length === 0 ? [h("p", {}, t("There is no sample that this role may see. doisoat sample frame MONTH --carrier CARRIER --claim freezes one of a claim that was filed."))] : found.toReversed().map((one) => sample(t, about, one));
  return { title: t("Samples"), nodes: [h("p", {}, t("Samples that neither side chose: frame and design are frozen first, both commit to a seed before any is revealed. Anybody can work it out again.")), ...nodes] };
}

function sample(t, about, one) {
  const { design } = one;
  const isMoney = design.method !== "equal";
  const amount = amountOf(isMoney, t);
  const name = (party) => (party === "ministry" ? t("ministry") : carrierName(t, about, party));
  const step = one.step === "commit" ? t("waits for commitments: {parties}", { parties: one.waits_for.map(name).join(", ") })
    : one.step === "reveal" ? t("waits for seeds: {parties}", { parties: one.waits_for.map(name).join(", ") }) : t.of("step", one.step);
  const title = t("Sample {sample}…, {month}", { sample: one.sample.slice(0, 8), month: month(one.period) });
  const limits = Object.entries(design.limits).map(([result, rate]) => `${t.of("result", result)} ${share(rate)}`);
  const last = one.shown.at(-1);
  const isOdd = t.knows("standing", one.standing);
  const odd = [...(isOdd ? [t.code("standing", one.standing)] : []), ...one.faults.map((fault) => t("Out of order: {fault}.", { fault }))];
  return h("section", {}, h("h2", {}, title),
    odd.map((said) => h("p", { class: "alert" }, said)),
    pairs([
      [t("State"), step], [t("Verdict"), last && t.of("judged", last.verdict)],
      [t.in("column", "Sample"), h("code", {}, one.sample)], [t("SHA-256 of the frame"), h("code", {}, one.frame_sha256)],
      [t("Frame taken from"), [t.of("source", one.source.kind), one.source.sha256 && [" ", h("code", {}, one.source.sha256)]]],
      [t("Units in the frame"), grouped(one.units)], [t("Amount of the frame"), one.source.kind === "usage" ? null : amountText(one.amount)],
      [t("Method"), t.of("method", design.method)], [t("Bound"), t.of("bound", design.bound)],
      [t("Confidence"), share(design.confidence)], [t("Size"), grouped(design.size)],
      [t("Tolerable misstatement"), limits.length ? null : amount(design.tolerable)], [t("Expected misstatement"), limits.length ? null : amount(design.expected)],
      [t("Strata"), design.strata.join(", ")], [t("Allocation"), design.allocation && h("code", {}, design.allocation)],
      [t("Preset"), design.preset && h("code", {}, design.preset)], [t("Limits"), limits.join("; ")],
    ]),
    table(t, {
      caption: t("Parties"), rows: design.parties,
      columns: [
        { label: t("Party"), cell: name },
        { label: t("Commitment"), code: true, wide: true, cell: (party) => one.commitments[party] ?? t.in("sample", "not yet") },
        { label: t("Seed, revealed"), code: true, wide: true, cell: (party) => one.seeds[party] ?? t.in("sample", "not yet") },
      ],
    }),
    one.others.length > 0 && table(t, {
      caption: t("Other samples of the same carrier and month that were begun"), rows: one.others, isNarrow: true,
      columns: [
        { key: "sample", label: t.in("column", "Sample"), code: true },
        { label: t("State"), cell: (other) => other.verdict ? t.of("judged", other.verdict) : t.code("begun", other.step) },
      ],
    }),
    one.shown.map((shown, place) => evaluation(t, shown, design, t("Evaluation {number} of {count}", { number: grouped(place + 1), count: grouped(one.shown.length) }))));
}

const amountOf = (isMoney, t) => (value) => (isMoney ? amountText(value) : `${grouped(value)} ${t("units")}`);

/** Where limits decide, each rate that was found beside its own. */
function rates(t, shown, { limits, size }) {
  const rows = Object.entries(limits);
  return rows.length > 0 && table(t, {
    caption: t("Limits"), rows, isNarrow: true,
    columns: [
      { label: t("Result"), cell: ([result]) => t.of("result", result) },
      { label: t("Rate found"), kind: "raw", cell: ([result]) => share(`${shown.results[result].found}/${size}`) },
      { label: t("Greatest rate"), kind: "raw", cell: ([, rate]) => share(rate) },
      { label: t("Verdict"), cell: ([result]) => (shown.failed.includes(result) ? t("ABOVE") : t.in("sample", "within")) },
    ],
  });
}

function evaluation(t, shown, design, title) {
  const isMoney = design.method !== "equal";
  const sides = [
    [isMoney ? t("over") : t.in("sample", "not right"), shown.over], [t("under"), shown.under],
    ...Object.entries(shown.results).map(([result, side]) => [t.of("result", result), side]), [t("omitted from the claim ({currency_name})"), shown.omitted],
  ].filter(([, side]) => side != null);
  const unit = isMoney ? t("{currency_name}") : t("units");
  const others = Object.entries(shown.over.bounds).map(([bound, value]) => [t("Upper bound of over, by {bound}", { bound: t.of("bound", bound) }), amountOf(isMoney, t)(value)]);
  const beyond = shown.under?.beyond ?? 0;
  return h("section", {}, h("h3", {}, title),
    h("p", {}, t.of("judged", shown.verdict), ". ", t("{units} different units looked at, of {draws} draws.", { units: grouped(shown.looked_at), draws: grouped(shown.drawn) })),
    shown.failed.length > 0 && h("p", { class: "alert" }, t("Above the limit: {results}.", { results: shown.failed.map((result) => t.of("result", result)).join(", ") })),
    rates(t, shown, design),
    beyond > 0 && h("p", {}, t.n("{count} unit differs by more than it claims: what is beyond is not bounded.", "{count} units differ by more than they claim: what is beyond is not bounded.", { count: beyond })),
    table(t, {
      caption: t("Misstatement and its bounds ({unit})", { unit }), rows: sides.map(([name, side]) => ({ name, ...side })),
      columns: [{ key: "name", label: t("Misstatement") }, ...SIDE.map((key) => ({ key, label: t.code("column", key), kind: isMoney ? "amount" : "whole" }))],
    }),
    others.length > 1 && pairs(others));
}
