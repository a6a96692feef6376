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
    title: t("nav.sensitivity"), focusOn: asked.job ? heading : null, shown: () => asked.job && show(asked.job),
    nodes: [
      h("p", {}, t("sensitivity_about")),
      h("form", { class: "filters", onsubmit: submit }, field(t("carrier"), carrier), field(t("only"), only, t("only_hint")),
        h("p", {}, h("button", { type: "submit" }, t("compute")))),
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
      caption: t("sensitivity_base"), rows: [base],
      columns: AMOUNTS.map((key) => ({ key, label: t(`column.${key}`), kind: "whole", head: false })),
    }),
    table(t, {
      caption: t("sensitivity_result"), rows,
      columns: [
        { label: t("reading"), wide: true, cell: (row) => both(questionOf(row), row.reading) },
        { label: t("reading_in_force"), wide: true, cell: (row) => both(meaningOf(row.reading, row.in_force), row.in_force) },
        { label: t("alternative"), wide: true, cell: (row) => both(meaningOf(row.reading, row.alternative), row.alternative) },
        ...AMOUNTS.map((key) => ({ key, label: t(`column.${key}`), kind: "signed" })),
      ],
    }),
  ];
}
