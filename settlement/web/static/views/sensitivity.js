// Which open questions a programme's cost hangs on: each reading turned alone.

import { field, h } from "../dom.js";
import { whole } from "../figures.js";
import { jobBox } from "../job.js";
import { table } from "../table.js";
import { carrierChoice, ofForm } from "./what_if.js";

const AMOUNTS = ["discount", "in_kind", "contribution", "forgone"];

export async function sensitivity(context) {
  const { t, about, asked, to } = context;
  const carrier = carrierChoice(context);
  const only = h("input", { name: "only", value: asked.only ?? "", spellcheck: "false" });
  const { section, heading, show, begin } = jobBox(context, (result) => told(t, about, result));

  async function submit(event) {
    event.preventDefault();
    const names = only.value.split(/[\s,]+/).filter(Boolean);
    const job = await begin({ kind: "sensitivity", ...(names.length ? { only: names } : {}), ...ofForm(asked, carrier) });
    if (job !== null) to("sensitivity", "", { ...asked, carrier: carrier.value, only: only.value, job });
  }

  return {
    title: t("Sensitivity"), focusOn: asked.job ? heading : null, shown: () => asked.job && show(asked.job),
    nodes: [
      h("p", {}, t("Each reading is turned alone, all others as they are; figures are the difference.")),
      h("form", { class: "filters", onsubmit: submit }, field(t("Carrier"), carrier), field(t("Only these readings"), only, t("Separated by commas; empty: all.")),
        h("p", {}, h("button", { type: "submit" }, t("Compute")))),
      section,
    ],
  };
}

function told(t, about, result) {
  const { base } = result;
  const rows = Object.entries(result.readings).flatMap(([reading, one]) =>
    Object.entries(one.alternatives).map(([alternative, figures]) => ({
      reading, alternative, in_force: one.in_force,
      ...Object.fromEntries(AMOUNTS.map((key) => [key, whole(figures[key]) - whole(base[key])])),
    })));
  const known = (reading) => about.readings[reading];
  const questionOf = ({ reading }) => known(reading) && t.called(known(reading), "question");
  const meaningOf = (reading, alternative) => {
    const one = known(reading)?.alternatives[alternative];
    return one && t.called(one, "means");
  };
  const both = (text, code) => [text, text && h("br"), h("code", {}, code)];
  return [
    table(t, {
      caption: t("Under the readings in force (đồng)"), rows: [base],
      columns: AMOUNTS.map((key) => ({ key, label: t.code("column", key), kind: "whole", head: false })),
    }),
    table(t, {
      caption: t("Difference to the readings in force (đồng)"), rows,
      columns: [
        { label: t.in("question", "Reading"), wide: true, cell: (row) => both(questionOf(row), row.reading) },
        { label: t("In force"), wide: true, cell: (row) => both(meaningOf(row.reading, row.in_force), row.in_force) },
        { label: t("Alternative"), wide: true, cell: (row) => both(meaningOf(row.reading, row.alternative), row.alternative) },
        ...AMOUNTS.map((key) => ({ key, label: t.code("column", key), kind: "signed" })),
      ],
    }),
  ];
}
