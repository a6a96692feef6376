// What is behind a variance: lines of a cause or of the claim, else the query that shows the sum.

import { get, rowsOf } from "./api.js";
import { detailOf } from "./causes.js";
import { h } from "./dom.js";
import { dong, grouped } from "./figures.js";
import { ROWS, offsetOf, pager } from "./pager.js";
import { addressOf } from "./places.js";
import { queryRun } from "./query_run.js";
import { table } from "./table.js";
import { figureOf } from "./variance_parts.js";

const LINES = "lines";
const MADE = "made";
const OF_SUSPENSE = ["sub_reason", "state", "stage"];
const CODES = new Set(["measure", "sub_reason", "stage", "file"]);

/** The section and its heading. found: a variance's answer. */
export async function evidence(context, found) {
  const heading = h("h2", { tabindex: "-1" }, context.t("evidence"));
  const inside = context.who.may.lines ? await ofAuditor(context, found) : ofSums(context, found);
  return { heading, node: inside && h("section", { class: "evidence" }, heading, inside) };
}

/** Whoever may not see events has the sums below the cell, where it is one of relief. */
function ofSums({ t, lang }, { period, variance: row }) {
  if (!row.measure || row.is_total || row.nature == null) return null;
  const cell = { period, carrier: row.carrier, measure: row.measure, nature: row.nature, day: row.day, home_province: row.home_province };
  const asked = { ...cell, by: row.day == null ? "day" : "home_province" };
  return h("p", {}, t("evidence_none"), " ", h("a", { href: addressOf({ lang, view: "cells", asked }) }, t("evidence_sums")));
}

async function ofAuditor(context, found) {
  const { asked, signal, id } = context;
  if (found.query === null) return null;
  const ways = [...found.evidence, { cause: MADE, detail: "" }];
  const chosen = ways.find((one) => one.cause === asked.cause && one.detail === (asked.detail ?? "")) ?? ways[0];
  const choices = ways.length > 1 && choose(context, ways, chosen, found.files);
  if (chosen.cause === MADE) return [choices, made(context, found)];
  const path = `variance/${encodeURIComponent(id)}/evidence`;
  const told = await get(path, { ...chosen, offset: offsetOf(asked), limit: ROWS }, signal);
  const name = nameOf(context.t, chosen, found.files);
  return [
    choices, adds(context.t, told),
    linesOf(context, found.variance, told, name, { path, asked: chosen, table: "evidence" }),
    pager({ ...context, asked: { ...asked, ...chosen } }, told),
  ];
}

function nameOf(t, { cause, detail }, files) {
  if (cause === LINES) return t("evidence_lines");
  if (cause === MADE) return t("evidence_made");
  if (cause === "suspended") return t("evidence_suspended");
  return `${t.of("cause", cause)}: ${detailOf(t, { cause, detail }, files)}`;
}

function choose({ t, lang, id, asked }, ways, chosen, files) {
  const link = (one) => h("a", {
    href: addressOf({ lang, view: "variance", id, asked: { period: asked.period, ...one } }),
    "aria-current": one === chosen ? "true" : null,
  }, nameOf(t, one, files));
  return h("nav", { class: "choices", "aria-label": t("evidence_ways") }, h("ul", {}, ways.map((one) => h("li", {}, link(one)))));
}

function adds(t, told) {
  if (told.sums === undefined) return null;
  return told.adds_up ? h("p", {}, t("evidence_adds_up", dong(told.cause_amount)))
    : h("p", { class: "alert" }, t("evidence_short", dong(told.sums.amount), dong(told.cause_amount)));
}

function linesOf({ t, lang }, variance, told, caption, files) {
  // Suspended events are of any kind, lines of the cell's.
  const isOfCell = !told.evidence.columns.includes("reason");
  const eventOf = (row) => row.event_id && h("a", { href: addressOf({ lang, view: "event", id: row.event_id }) }, row.event_id);
  const columns = told.evidence.columns.filter((key) => key !== "event_id").map((key) => {
    if (key === "start_at") return { key, label: t("column.start_at"), kind: "moment" };
    if (key === "measure") return { key, label: t("measure"), code: true };
    if (key === "nature") return { label: t("nature"), cell: (row) => t.of("nature", row.nature) };
    if (key === "reason") return { label: t("column.reason"), cell: (row) => t.of("reason", row.reason) };
    if (OF_SUSPENSE.includes(key)) return { key, label: t(key === "sub_reason" ? "detail" : `column.${key}`), code: CODES.has(key) };
    if (key === "file" || key === "row") return { key, label: t(`event.${key}`), code: key === "file", kind: key === "row" ? "whole" : "text" };
    return { key, label: isOfCell ? figureOf(t, variance, key) : t(`column.${key}`), kind: "whole" };
  });
  return table(t, {
    caption: `${caption} (${grouped(told.count)})`, rows: rowsOf(told.evidence), files,
    columns: [{ label: t("event"), code: true, head: true, cell: eventOf }, ...columns],
  });
}

function made(context, { query, variance: row }) {
  const { t, lang, id, who } = context;
  const shown = h("pre", { tabindex: "0", "aria-label": t("sql") }, query);
  const about = h("p", {}, t(row.is_total ? "evidence_claim_about" : "evidence_made_about"));
  if (!who.may.console) return [about, shown, h("p", {}, t("console_is_closed"))];
  const show = h("button", { type: "button" }, t("show_result"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true }, t("cancel"));
  const run = queryRun(context, (isBusy) => {
    [show.disabled, cancel.disabled] = [isBusy, !isBusy];
  });
  show.addEventListener("click", () => run.begin(query));
  cancel.addEventListener("click", run.cancel);
  return [
    about, shown,
    h("p", { class: "buttons" }, show, cancel, h("a", { href: addressOf({ lang, view: "console", asked: { variance: id } }) }, t("to_console"))),
    run.status, run.result,
  ];
}
