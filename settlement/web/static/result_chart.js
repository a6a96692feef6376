// A chart of a result: its first number as bars by its words or days, each nature apart and to a scale of its own.

import { h, svg } from "./dom.js";
import { exact, grouped } from "./figures.js";
import { natureName, patterns } from "./natures.js";

const NATURE = "nature";
const LABELS = /^(VARCHAR|DATE|TIMESTAMP.*)$/;
const SHOWN_MAX = 40; // bars of a drawing
const LINE = 22;
const LETTER = 7; // about as wide as one of 12 px
const LABEL_MAX = 200;

/** The chart; null where a result has no number, or nothing to call it by. isNumber: is a type one of numbers? */
export function resultChart(t, { columns, types, rows }, isNumber, width) {
  const nature = columns.indexOf(NATURE);
  const labels = columns.map((_, place) => place).filter((place) => place !== nature && LABELS.test(types[place]));
  const number = types.findIndex(isNumber);
  if (number === -1 || (labels.length === 0 && nature === -1) || rows.length === 0) return null;
  const bars = rows.map((row) => ({ nature: nature === -1 ? null : row[nature], label: labels.map((place) => row[place] ?? "∅").join(" · "), value: row[number] }));
  const drawings = [...Map.groupBy(bars, (bar) => bar.nature)].map(([name, own]) => drawing(t, columns[number], name, own, width));
  return h("div", { class: "result-chart", tabindex: "0", role: "region", "aria-label": t("Chart") }, patterns(), drawings.length > 1 && h("p", { class: "hint" }, t("A drawing for each nature, each to a scale of its own; they are not added up.")), drawings);
}

function drawing(t, name, nature, bars, width) {
  const shown = bars.slice(0, SHOWN_MAX);
  const values = shown.map(({ value }) => Number(value ?? 0));
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const told = shown.map(({ value }) => (value == null ? "∅" : exact(value)));
  const left = Math.min(LABEL_MAX, width / 3, LETTER * Math.max(...shown.map(({ label }) => label.length)) + 8);
  const right = LETTER * Math.max(...told.map((text) => text.length)) + 12;
  const room = Math.max(40, width - left - right);
  const at = (value) => left + (most > least ? ((value - least) / (most - least)) * room : 0);
  const letters = Math.floor(left / LETTER) - 1;
  const line = ({ label }, place) => {
    const [begin, end] = [Math.min(at(0), at(values[place])), Math.max(at(0), at(values[place]))];
    const box = { x: begin, y: place * LINE + 4, width: values[place] === 0 ? 0 : Math.max(1.5, end - begin), height: LINE - 8 };
    return [
      svg("text", { x: 0, y: place * LINE + 15 }, svg("title", {}, label), label.length > letters ? `${label.slice(0, letters - 1)}…` : label),
      svg("rect", { ...box, class: "ground" }), svg("rect", { ...box, class: "pattern" }),
      svg("text", { x: end + 6, y: place * LINE + 15 }, told[place]),
    ];
  };
  const height = shown.length * LINE;
  const picture = svg("svg", { class: nature ?? "plain", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t.n("{name} of {count} row as a bar; the table has the figure.", "{name} of {count} rows as bars; the table has the figures.", { name, count: shown.length }) },
    ...shown.flatMap(line), svg("path", { class: "axis", d: `M${at(0)} 0V${height}` }));
  return h("figure", {}, h("figcaption", {}, nature == null ? h("code", {}, name) : [natureName(t, nature), " ", h("code", {}, name)]), picture,
    shown.length < bars.length && h("p", { class: "hint" }, t("The first {shown} of {count} rows are drawn.", { shown: grouped(shown.length), count: grouped(bars.length) })));
}
