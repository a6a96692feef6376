// How each envelope is used up, day by day: a drawing, and the same as a table.

import { rowsOf } from "./api.js";
import { picture } from "./chart.js";
import { h } from "./dom.js";
import { day, amountText } from "./figures.js";
import { table } from "./table.js";
import { carrierName } from "./variance_parts.js";

export function burnDown(t, about, { burn_down: found, programmes }, files) {
  const rows = rowsOf(found);
  const titles = new Map(rowsOf(programmes).map((row) => [row.programme, t.called(row)]));
  const lines = new Map();
  for (const row of rows) {
    const key = JSON.stringify([row.programme, row.carrier]);
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const figures = [...lines.values()].map((of) => figure(t, about, titles, of, files));
  const caption = t("How envelopes are used up");
  return [
    ...figures,
    h("details", {}, h("summary", {}, t("As a table: {caption}", { caption })), table(t, {
      caption: t("How the announced value is used up ({currency_name})"), rows, files,
      columns: [
        { label: t("Programme"), cell: (row) => row.programme, code: true },
        { label: t("Carrier"), cell: (row) => row.carrier && carrierName(t, about, row.carrier) },
        { key: "day", label: t("Day"), kind: "day" },
        ...["relief", "recognised", "recognised_to_date", "remaining"]
          .map((key) => ({ key, label: t.code("column", key), kind: "amount" })),
        { key: "runs_out", label: t.code("column", "runs_out"), kind: "day" },
      ],
    })),
  ];
}

function figure(t, about, titles, rows, files) {
  const last = rows.at(-1);
  const title = [titles.get(last.programme) ?? last.programme, last.carrier && carrierName(t, about, last.carrier)].filter(Boolean).join(" – ");
  const says = t("{recognised} recognised to the end of {day}; {left} left.", { recognised: amountText(last.recognised_to_date), day: day(last.day), left: amountText(last.remaining) });
  const runsOut = last.runs_out == null ? t("No day is foreseen on which it runs out.") : t("Expected to run out on {day}.", { day: day(last.runs_out) });
  const asked = { ...files.asked, programme: last.programme, carrier: last.carrier };
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("strong", {}, title), h("br"), says, " ", runsOut),
    picture({ ...files, asked }, `${title}. ${says}`));
}
