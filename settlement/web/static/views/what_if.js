// What another package, or a change of one, would have come to on the same usage.

import { get } from "../api.js";
import { choice, field, h, pairs } from "../dom.js";
import { amountText, month, whole } from "../figures.js";
import { jobBox } from "../job.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const PATCH = "patch";
const AMOUNTS = ["list_value", "discount", "payable", "in_kind", "contribution"];
const BY = ["carrier", "segment"];

export async function whatIf(context) {
  const { t, asked, about, signal, to } = context;
  const { packages } = await get("jobs", {}, signal);
  const named = (one) => [one, one === "none" ? t("no package") : one];
  const base = choice(packages.map(named), asked.base ?? packages[0], { name: "base" });
  const other = choice([...packages.map(named), [PATCH, t("a patch of one's own…")]], asked.what_if ?? packages.at(-1), { name: "what_if" });
  const patch = h("textarea", { name: "patch", rows: 10, spellcheck: "false", class: "code", placeholder: "baseline: vn-2021-08" });
  const carrier = carrierChoice(context);
  const patched = field(t("Patch (YAML)"), patch, t("In the form of docs/what-if.md."));
  const shows = () => { patched.hidden = other.value !== PATCH; };
  other.addEventListener("change", shows);
  shows();
  const { section, heading, show, begin } = jobBox(context, (result) => told(t, about, result));

  async function submit(event) {
    event.preventDefault();
    const what = other.value === PATCH ? { patch: patch.value } : { what_if: other.value };
    const job = await begin({ kind: "compare", base: base.value, ...what, ...ofForm(asked, carrier) });
    if (job !== null) to("what-if", "", { ...asked, base: base.value, what_if: other.value, carrier: carrier.value, job });
  }

  return {
    title: t("What if"), focusOn: asked.job ? heading : null, shown: () => asked.job && show(asked.job),
    nodes: [
      h("p", {}, t("The same usage, computed with another package. Nothing is written.")),
      h("form", { class: "filters", onsubmit: submit }, field(t("Base"), base), field(t("What if"), other), field(t("Carrier"), carrier), patched,
        h("p", {}, h("button", { type: "submit" }, t("Compute")))),
      section,
    ],
  };
}

/** Whose figures: one carrier's or all. */
export function carrierChoice({ t, about, asked }) {
  const known = Object.entries(about.carriers).map(([id, one]) => [id, t.called(one, "name")]);
  return choice([["", t("All")], ...known], asked.carrier ?? "", { name: "carrier" });
}

/** What every job is told of. */
export function ofForm(asked, carrier) {
  return { ...(carrier.value ? { carrier: carrier.value } : {}), ...(asked.period ? { period: asked.period } : {}) };
}

function told(t, about, result) {
  const total = result.total;
  const inAll = AMOUNTS.map((key) => ({
    key: t.code("column", key), base: total.base[key], what_if: total.what_if[key],
    difference: whole(total.what_if[key]) - whole(total.base[key]),
  }));
  const name = (by, key) => by === "carrier" ? carrierName(t, about, key) : t.of("segment", key);
  const labels = { carrier: t("Carrier"), segment: t("Segment") };
  const dimension = (by) => {
    const found = Object.entries(result[`by_${by}`]);
    const amounts = AMOUNTS.filter((amount) => found.some(([, row]) => amount in row.base)); // a segment has fewer
    const rows = found.map(([key, row]) => ({
      key: name(by, key), ...Object.fromEntries(amounts.map((amount) => [amount, whole(row.what_if[amount]) - whole(row.base[amount])])),
    }));
    return table(t, {
      caption: t("What-if − base, by: {dimension} ({currency_name})", { dimension: labels[by] }), rows,
      columns: [{ key: "key", label: labels[by] }, ...amounts.map((key) => ({ key, label: t.code("column", key), kind: "signed_amount" }))],
    });
  };
  const measures = table(t, {
    caption: t("Relief of each measure (the last column has the unit)"), rows: result.by_measure,
    columns: [
      { key: "measure", label: t("Measure"), code: true }, { label: t("Nature"), cell: (row) => t.of("nature", row.nature) },
      { key: "base", label: t("Base"), kind: "whole" }, { key: "what_if", label: t("What if"), kind: "whole" },
      { key: "difference", label: t("Difference"), kind: "signed" },
      { label: t.in("column", "Unit"), cell: (row) => (row.unit === "events" ? t.in("report text", "times") : t("{currency_name}")) },
    ],
  });
  return [
    pairs([[t("Period"), month(result.period)], [t("Forgone revenue"), amountText(result.forgone_revenue)]]),
    table(t, {
      caption: t("Base and what-if ({currency_name})"), rows: inAll,
      columns: [
        { key: "key", label: t("Item") }, { key: "base", label: t("Base"), kind: "amount" },
        { key: "what_if", label: t("What if"), kind: "amount" }, { key: "difference", label: t("Difference"), kind: "signed_amount" },
      ],
    }),
    measures,
    ...BY.map(dimension),
  ];
}
