// Where a month's totals are odd: how many places each test could judge, then the oddest places by score.

import { get, rowsOf } from "../api.js";
import { h, svg } from "../dom.js";
import { amountText, day, decimal, grouped, month, whole } from "../figures.js";
import { filters, ofCarriers, switchBy } from "../filters.js";
import { standing } from "../icons.js";
import { offsetOf, pager } from "../pager.js";
import { addressOf } from "../places.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

const IS_DAY = /^\d{4}-\d{2}-\d{2}$/;
const STEPS = 20; // of a line, up to the threshold
const END = 2 * STEPS; // what lies beyond is drawn there
const ROWS = 30;
const WIDE = 260;
const NARROW = 160;

export async function plausibility(context) {
  const { t, asked, about, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier, test: asked.test, of: asked.of };
  const found = await get("plausibility", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  const { period, generation } = found;
  const tests = rowsOf(found.tests);
  const sum = (key) => tests.reduce((all, row) => all + whole(row[key]), 0n);
  const blind = tests.filter((row) => row.looked_at === 0);
  const isEmpty = blind.length === tests.length;
  const lacksClaims = found.of === "claims" && !found.has_claims;
  const files = (name) => ({ path: "plausibility", asked: { ...given, period }, table: name });
  const odd = sum("odd");
  return {
    title: t("Plausibility, {month}", { month: month(period) }), period, generation,
    nodes: [
      h("p", { class: "lead" },
        standing(isEmpty ? "plain" : odd > 0n ? "warn" : "good", t("{odd} odd places among {judged} that could be judged.", { odd: grouped(odd), judged: grouped(sum("looked_at")) })),
        blind.length > 0 && ` ${t("{count} tests could judge no place.", { count: grouped(blind.length) })}`),
      h("p", {}, t("A score says where to ask. It is no amount, and an odd place proves nothing.")),
      switchBy(context, [["run", t("As settled")], ["claims", t("As claimed")]], "of"),
      lacksClaims && h("p", {}, t("No claim by day, province or line was filed for this month. Carriers file theirs; doisoat claim file FILE takes it in.")),
      isEmpty && !lacksClaims && h("p", {}, t("The tests need a settled month with relief on many days or in many provinces; a carrier alone can be judged by few of them.")),
      h("section", {}, h("h2", {}, t("What could be judged")), table(t, {
        caption: t("Tests of the totals, {month}", { month: month(period) }), rows: tests, files: files("tests"),
        columns: [
          { label: t("Test"), wide: true, cell: (row) => (row.isTotal ? t.in("sum of rows", "Total") : h("a", { href: addressOf({ ...context, asked: { ...asked, offset: null, test: row.test } }) }, t.of("plausibility_test", row.test))) },
          { key: "looked_at", label: t("Places judged"), kind: "whole" },
          { key: "odd", label: t("Odd places"), kind: "whole" },
          { label: t("Scores up to the threshold and beyond"), cell: (row) => (row.isTotal ? "" : dots(t, row, rowsOf(found.dots))) },
          { label: t("False alarms in clean months"), kind: "raw", cell: (row) => (row.isTotal ? "" : t("{alarms} of {months}", { alarms: grouped(row.false_alarms), months: grouped(row.clean_months) })) },
          { label: t("Where it can judge"), wide: true, cell: (row) => (row.isTotal ? "" : judges(t, row)) },
        ],
        total: { isTotal: true, looked_at: sum("looked_at"), odd },
      })),
      h("section", {}, h("h2", {}, t("Places by score")),
        filters(context, period, [ofCarriers(context), ["test", t("Test"), codesOf("plausibility_test").map((code) => [code, t.of("plausibility_test", code)])]]),
        table(t, {
          caption: t("Places that were judged, the oddest first, {month}", { month: month(period) }), rows: rowsOf(found.scores), files: files("scores"),
          columns: [
            { label: t("Place"), cell: (row) => placeOf(context, row, period) },
            { label: t("Carrier"), cell: (row) => shortName(about, row.carrier) },
            { label: t("Measure"), cell: (row) => [row.measure, row.nature && t.of("nature", row.nature)].filter(Boolean).join(" · ") },
            { label: t("What would be odd"), wide: true, cell: (row) => t.of("plausibility_test", row.test) },
            { label: t("Score"), cell: (row) => score(t, row) },
            { label: t("Seen"), kind: "raw", cell: (row) => counted(t, row, row.seen) },
            { label: t("Usual, or the most"), kind: "raw", cell: (row) => counted(t, row, row.usual) },
          ],
        }), pager(context, found)),
    ].filter(Boolean),
  };
}

function judges(t, row) {
  return row.lacks ? h("span", {}, standing("half", t.of("plausibility_lack", row.lacks)), " ", t.of("plausibility_judges", row.test)) : t.of("plausibility_judges", row.test);
}

/** Every place that a test judged as a dot on a line, larger where several lie together. */
function dots(t, { test, looked_at: places, odd, greatest, threshold }, all) {
  if (places === 0) return null;
  const marks = all.filter((row) => row.test === test).map(({ step, places: count }) => [step, 2 + Math.min(4, Math.log2(count))]);
  const said = t("{count} places, of which {odd} beyond the threshold of {threshold}; the greatest score is {score}.", { count: grouped(places), odd: grouped(odd), threshold: decimal(threshold), score: told(greatest) });
  return line(WIDE, marks, said);
}

function score(t, { score: value, threshold, is_odd: isOdd }) {
  const reached = value === "inf" ? END : (STEPS * value) / threshold;
  const said = t("{score}, threshold {threshold}", { score: told(value), threshold: decimal(threshold) });
  const step = Math.min(END, isOdd ? Math.max(STEPS + 0.5, reached) : Math.min(STEPS - 0.5, reached));
  return h("span", { class: "barred" }, isOdd ? standing("warn", said) : said, line(NARROW, [[step, 4]], null));
}

/** A line with its threshold in the middle. marks: [step, radius] each; said: for whoever does not see it. */
function line(width, marks, said) {
  const at = (step) => 7 + ((width - 14) * step) / END;
  const middle = at(STEPS);
  const drawn = marks.map(([step, r]) => svg("circle", { cx: at(step).toFixed(1), cy: 8, r: r.toFixed(1), class: step > STEPS ? "odd" : "usual" }));
  return svg("svg", { class: "dots", width, height: 16, ...(said ? { role: "img", "aria-label": said } : { "aria-hidden": "true" }) },
    svg("path", { d: `M0 8H${width}`, class: "axis" }), svg("path", { d: `M${middle} 0V16`, class: "limit" }), ...drawn);
}

const told = (value) => (value === "inf" ? "∞" : decimal(value));

/** A day, a province, last digits, or the whole carrier, with the way to what it is made of. */
function placeOf({ t, lang, about }, row, period) {
  const of = { period, carrier: row.carrier, measure: row.measure, nature: row.nature };
  const link = (more, text) => h("a", { href: addressOf({ lang, view: "cells", asked: { ...of, ...more } }) }, text);
  if (IS_DAY.test(row.place)) return link({ day: row.place, by: "home_province" }, day(row.place));
  if (about.provinces[row.place]) return link({ home_province: row.place, by: "day" }, t.called(about.provinces[row.place], "name"));
  if (row.test === "digits") return t("last digit {digit}", { digit: row.place.slice(1) });
  return row.place || link({ by: "day" }, t("the whole carrier"));
}

function counted(t, { counted_in: what }, count) {
  if (what === "amount") return amountText(count);
  if (t.knows("plausibility_count", what)) return `${grouped(count)} ${t.of("plausibility_count", what)}`;
  return quantity(t, what, count);
}
