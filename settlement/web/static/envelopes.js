// Programmes against what they may cost: a bar each, with its figures.

import { h } from "./dom.js";
import { amountText, fraction, percent, whole } from "./figures.js";
import { table } from "./table.js";

const LEAST = 0.002; // of the bar, so that what is above 0 is seen

export function envelopes(t, programmes, files) {
  const one = (row) =>
    h("figure", { class: "envelope" },
      h("figcaption", {}, h("strong", {}, t.called(row)), h("br"), figuresOf(t, row)),
      isSome(row.envelope) && bar(row));
  const caption = t("Programmes against their envelopes");
  const amounts = ["envelope", "relief", "relief_to_date", "recognised", "recognised_to_date", "own_account"];
  return [
    ...programmes.map(one),
    h("details", {}, h("summary", {}, t("As a table: {caption}", { caption })), table(t, {
      caption: t("Programmes and announced values ({currency_name})"), rows: programmes, files,
      columns: [
        { label: t("Programme"), cell: (row) => row.programme, code: true },
        ...amounts.map((key) => ({ key, label: t.code("column", key), kind: "amount" })),
      ],
    })),
  ];
}

/** Of an envelope of nought nothing is a share. */
const isSome = (envelope) => envelope != null && whole(envelope) !== 0n;

function figuresOf(t, row) {
  if (row.envelope == null) return t("{recognised} recognised; there is no envelope.", { recognised: amountText(row.recognised_to_date) });
  if (!isSome(row.envelope)) return t("{recognised} recognised of {envelope}.", { recognised: amountText(row.recognised_to_date), envelope: amountText(row.envelope) });
  const used = percent(row.recognised_to_date, row.envelope);
  return t("{recognised} recognised of {envelope}, which is {share}.", { recognised: amountText(row.recognised_to_date), envelope: amountText(row.envelope), share: used });
}

/** The bar says no more than the words beside it, so a screen reader leaves it out. */
function bar(row) {
  const used = fraction(row.recognised_to_date, row.envelope);
  return h("progress", { class: "bar", value: used === 0 ? 0 : Math.max(LEAST, used), max: 1, "aria-hidden": "true" });
}
