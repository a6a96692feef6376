// Samples that neither side chose: what was decided, how far each has come, and what it shows.

import { get } from "../api.js";
import { h, pairs } from "../dom.js";
import { dong, grouped, month, share } from "../figures.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const SIDE = ["found", "known", "projected", "lower", "upper"];
const WAITS = new Set(["commit", "reveal"]);

export async function samples({ t, lang, about, signal }) {
  const { samples: found } = await get("samples", {}, signal);
  const nodes = found.length === 0 ? [h("p", {}, t("no_samples"))] : found.toReversed().map((one) => sample(t, lang, about, one));
  return { title: t("samples"), nodes: [h("p", {}, t("samples_about")), ...nodes] };
}

function sample(t, lang, about, one) {
  const { design } = one;
  const isMoney = design.method !== "equal";
  const amount = amountOf(isMoney, t);
  const name = (party) => (party === "ministry" ? t("party.ministry") : carrierName(t, about, party));
  const step = WAITS.has(one.step) ? t(`step.${one.step}`, one.waits_for.map(name).join(", ")) : t.of("step", one.step);
  const title = t("sample_title", one.sample.slice(0, 8), month(one.period));
  const limits = Object.entries(design.limits).map(([result, rate]) => `${t.of("result", result)} ${share(rate)}`);
  const last = one.shown.at(-1);
  const isOdd = one.standing === "half_revealed" || one.standing === "abandoned";
  const odd = [...(isOdd ? [t(`standing.${one.standing}`)] : []), ...one.faults.map((fault) => t("out_of_order", fault.split(" | ")[lang === "vi" ? 0 : 1]))];
  return h("section", {}, h("h2", {}, title),
    odd.map((said) => h("p", { class: "alert" }, said)),
    pairs([
      [t("state"), step], [t("verdict"), last && t.of("judged", last.verdict)],
      [t("sample"), h("code", {}, one.sample)], [t("frame_digest"), h("code", {}, one.frame_sha256)],
      [t("frame_source"), [t.of("source", one.source.kind), one.source.sha256 && [" ", h("code", {}, one.source.sha256)]]],
      [t("frame_units"), grouped(one.units)], [t("frame_amount"), one.source.kind === "usage" ? null : dong(one.amount)],
      [t("method"), t.of("method", design.method)], [t("bound"), t.of("bound", design.bound)],
      [t("confidence"), share(design.confidence)], [t("size"), grouped(design.size)],
      [t("tolerable"), limits.length ? null : amount(design.tolerable)], [t("expected"), limits.length ? null : amount(design.expected)],
      [t("strata"), design.strata.join(", ")], [t("allocation"), design.allocation && h("code", {}, design.allocation)],
      [t("preset"), design.preset && h("code", {}, design.preset)], [t("limits"), limits.join("; ")],
    ]),
    table(t, {
      caption: t("parties"), rows: design.parties,
      columns: [
        { label: t("party"), cell: name },
        { label: t("commitment"), code: true, wide: true, cell: (party) => one.commitments[party] ?? t("not_yet") },
        { label: t("seed"), code: true, wide: true, cell: (party) => one.seeds[party] ?? t("not_yet") },
      ],
    }),
    one.others.length > 0 && table(t, {
      caption: t("other_samples"), rows: one.others, isNarrow: true,
      columns: [
        { key: "sample", label: t("sample"), code: true },
        { label: t("state"), cell: (other) => other.verdict ? t.of("judged", other.verdict) : t(`begun.${other.step}`) },
      ],
    }),
    one.shown.map((shown, place) => evaluation(t, shown, design, t("evaluation_number", grouped(place + 1), grouped(one.shown.length)))));
}

const amountOf = (isMoney, t) => (value) => (isMoney ? dong(value) : `${grouped(value)} ${t("unit.units")}`);

/** Where limits decide, each rate that was found beside its own. */
function rates(t, shown, { limits, size }) {
  const rows = Object.entries(limits);
  return rows.length > 0 && table(t, {
    caption: t("limits"), rows, isNarrow: true,
    columns: [
      { label: t("result"), cell: ([result]) => t.of("result", result) },
      { label: t("rate_found"), kind: "raw", cell: ([result]) => share(`${shown.results[result].found}/${size}`) },
      { label: t("limit"), kind: "raw", cell: ([, rate]) => share(rate) },
      { label: t("verdict"), cell: ([result]) => t(shown.failed.includes(result) ? "limit_passed" : "limit_kept") },
    ],
  });
}

function evaluation(t, shown, design, title) {
  const isMoney = design.method !== "equal";
  const sides = [
    [t(isMoney ? "side.over" : "side.wrong"), shown.over], [t("side.under"), shown.under],
    ...Object.entries(shown.results).map(([result, side]) => [t.of("result", result), side]), [t("side.omitted"), shown.omitted],
  ].filter(([, side]) => side != null);
  const unit = t(isMoney ? "unit.dong" : "unit.units");
  const others = Object.entries(shown.over.bounds).map(([bound, value]) => [t("upper_by", t.of("bound", bound)), amountOf(isMoney, t)(value)]);
  const beyond = shown.under?.beyond ?? 0;
  return h("section", {}, h("h3", {}, title),
    h("p", {}, t.of("judged", shown.verdict), ". ", t("evaluated", grouped(shown.looked_at), grouped(shown.drawn))),
    shown.failed.length > 0 && h("p", { class: "alert" }, t("above_limit", shown.failed.map((result) => t.of("result", result)).join(", "))),
    rates(t, shown, design),
    beyond > 0 && h("p", {}, t("beyond", grouped(beyond))),
    table(t, {
      caption: t("misstatement_in", unit), rows: sides.map(([name, side]) => ({ name, ...side })),
      columns: [{ key: "name", label: t("misstatement") }, ...SIDE.map((key) => ({ key, label: t(`column.${key}`), kind: "whole" }))],
    }),
    others.length > 1 && pairs(others));
}
