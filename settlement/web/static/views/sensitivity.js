// Which reading of an open question moves the result most: each turned alone, a column and a scale a nature.

import { field, h } from "../dom.js";
import { inShort, signedFigure, whole } from "../figures.js";
import { jobBox } from "../job.js";
import { OF_MONEY, fromMiddle, natureName, patterns } from "../natures.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { carrierChoice, ofForm } from "./what_if.js";

const DRAWN_FROM = 1_000_000n; // minor units; what moves less stands in a fold
const OUTSIDE = 6n; // times the second largest: told in words, not drawn

export async function sensitivity(context) {
  const { t, asked, to } = context;
  const carrier = carrierChoice(context);
  const only = h("input", { name: "only", value: asked.only ?? "", spellcheck: "false" });
  const { section, heading, show, begin } = jobBox(context, (result) => answer(context, result));

  async function submit(event) {
    event.preventDefault();
    const names = only.value.split(/[\s,]+/).filter(Boolean);
    const job = await begin({ kind: "sensitivity", ...(names.length ? { only: names } : {}), ...ofForm(asked, carrier) });
    if (job !== null) to("sensitivity", "", { ...asked, carrier: carrier.value, only: only.value, job });
  }

  return {
    title: t("Which reading moves the result most?"), focusOn: asked.job ? heading : null, shown: () => asked.job && show(asked.job),
    nodes: [
      h("p", {}, t("Each reading is turned alone, all others as they are; figures are the difference.")),
      h("form", { class: "filters", onsubmit: submit }, field(t("Carrier"), carrier), field(t("Only these readings"), only, t("Separated by commas; empty: all.")),
        h("p", {}, h("button", { type: "submit" }, t("Compute")))),
      section,
    ],
  };
}

const size = (value) => (value < 0n ? -value : value);
const descending = (a, b) => (a === b ? 0 : a < b ? 1 : -1);
const largest = (row) => OF_MONEY.map((nature) => size(row[nature])).sort(descending)[0];

/** Today's figures, what is out of the frame, the drawing, and what moves little or nothing. */
function answer(context, result) {
  const { t, asked } = context;
  const first = OF_MONEY.includes(asked.first) ? asked.first : OF_MONEY[0];
  const rows = differences(result).sort((a, b) => descending(size(a[first]), size(b[first])) || descending(largest(a), largest(b)));
  const moving = rows.filter((row) => largest(row) >= DRAWN_FROM);
  const limits = Object.fromEntries(OF_MONEY.map((nature) => [nature, limitOf(moving.map((row) => size(row[nature])))]));
  const isOutside = (row) => OF_MONEY.some((nature) => size(row[nature]) > limits[nature]);
  const drawn = moving.filter((row) => !isOutside(row));
  const little = rows.filter((row) => largest(row) > 0n && largest(row) < DRAWN_FROM);
  const none = rows.filter((row) => largest(row) === 0n);
  const words = wordsOf(context);
  const fold = (count, shown) => shown.length > 0 && h("details", {}, h("summary", {}, count), differenceTable(context, count, shown, words, null));
  return [
    patterns(),
    table(t, {
      caption: t("Under the readings in force ({currency_name})"), rows: [result.base], isNarrow: true,
      columns: OF_MONEY.map((nature) => ({ key: nature, label: natureName(t, nature), kind: "amount", head: false })),
    }),
    moving.filter(isOutside).map((row) => h("p", { class: "outside" }, h("strong", {}, t("Out of the frame:")), " ", words.question(row), " ", words.otherwise(row), " ",
      OF_MONEY.filter((nature) => row[nature] !== 0n).map((nature) => `${t.of("nature", nature)} ${row[nature] > 0n ? "+" : ""}${inShort(t, row[nature])}`).join(", "), ". ", t("Many times every other reading, so it is not drawn."))),
    h("p", { class: "switch", role: "group", "aria-label": t("Order by") }, OF_MONEY.map((nature) =>
      h("a", { href: addressOf({ ...context, asked: { ...asked, first: nature } }), "aria-current": nature === first ? "true" : null }, natureName(t, nature)))),
    differenceTable(context, t("Difference to the readings in force ({currency_name})"), drawn, words, scalesOf(drawn)),
    h("p", { class: "hint" }, t("Each column has a scale of its own; the line in the middle is today's result. Left: less; right: more.")),
    fold(t.n("{count} reading moves less than a million {currency_name}", "{count} readings move less than a million {currency_name}", { count: little.length }), little),
    fold(t.n("{count} reading moves nothing", "{count} readings move nothing", { count: none.length }), none),
  ].flat();
}

function differences({ base, readings }) {
  return Object.entries(readings).flatMap(([reading, one]) =>
    Object.entries(one.alternatives).map(([alternative, figures]) => ({
      reading, alternative, in_force: one.in_force,
      ...Object.fromEntries(OF_MONEY.map((nature) => [nature, whole(figures[nature]) - whole(base[nature])])),
    })));
}

/** The largest difference of a nature that is drawn: so many times the second largest. */
function limitOf(sizes) {
  const [most = 0n, second = 0n] = sizes.sort(descending);
  return second === 0n ? most : OUTSIDE * second;
}

const scalesOf = (rows) => Object.fromEntries(OF_MONEY.map((nature) => [nature, rows.map((row) => size(row[nature])).sort(descending)[0] ?? 0n]));

function wordsOf({ t, about }) {
  const known = (reading) => about.readings[reading];
  const means = (reading, alternative) => {
    const one = known(reading)?.alternatives[alternative];
    return one ? t.called(one, "means") : alternative;
  };
  return {
    question: ({ reading }) => (known(reading) ? t.called(known(reading), "question") : reading),
    now: ({ reading, in_force }) => t("Now: {means}", { means: means(reading, in_force) }),
    otherwise: ({ reading, alternative }) => t("If: {means}", { means: means(reading, alternative) }),
  };
}

/** A row a reading turned. scales: the largest of each nature, where bars are drawn. */
function differenceTable({ t }, caption, rows, words, scales) {
  return table(t, {
    caption, rows,
    columns: [
      { label: t("If it is read otherwise"), wide: true, cell: (row) => [words.question(row), h("br"), h("small", {}, words.now(row), " · ", h("code", {}, row.reading)), h("br"), words.otherwise(row), " ", h("code", {}, row.alternative)] },
      ...OF_MONEY.map((nature) => ({
        label: natureName(t, nature), kind: "signed",
        cell: (row) => (row[nature] === 0n ? null : scales ? h("span", { class: "barred" }, signedFigure(row[nature]), fromMiddle(nature, [row[nature]], scales[nature], 2)) : signedFigure(row[nature])),
      })),
    ],
  });
}
