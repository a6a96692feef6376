// What is behind a variance: lines of a cause or of the claim, else the query that shows the sum.

import { get, rowsOf } from "./api.js";
import { detailOf } from "./causes.js";
import { h } from "./dom.js";
import { amountText, grouped } from "./figures.js";
import { ROWS, offsetOf, pager } from "./pager.js";
import { addressOf } from "./places.js";
import { queryRun } from "./query_run.js";
import { table } from "./table.js";
import { unitsOf } from "./variance_parts.js";

const LINES = "lines";
const MADE = "made";
const OF_SUSPENSE = ["sub_reason", "state", "stage"];
const UNITS = new Set(["units", "claimed_units", "recomputed_units"]);
const CODES = new Set(["measure", "sub_reason", "stage", "file"]);

/** The section and its heading. found: a variance's answer. */
export async function evidence(context, found) {
  const heading = h("h2", { tabindex: "-1" }, context.t("Evidence"));
  const inside = context.who.may.lines ? await ofAuditor(context, found) : ofSums(context, found);
  return { heading, node: inside && h("section", { class: "evidence" }, heading, inside) };
}

/** Whoever may not see events has the sums below the cell, where it is one of relief. */
function ofSums({ t, lang }, { period, variance: row }) {
  if (!row.measure || row.is_total || row.nature == null) return null;
  const cell = { period, carrier: row.carrier, measure: row.measure, nature: row.nature, day: row.day, home_province: row.home_province };
  const asked = { ...cell, by: row.day == null ? "day" : "home_province" };
  return h("p", {}, t("This role sees no single line. It may see:"), " ", h("a", { href: addressOf({ lang, view: "cells", asked }) }, t("the relief of the cell by province or day")));
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
  if (cause === LINES) return t("Lines that the claim tells otherwise");
  if (cause === MADE) return t("What the recomputed figure is made of");
  if (cause === "suspended") return t("Records and events of these days in suspense");
  return `${t.of("cause", cause)}: ${detailOf(t, { cause, detail }, files)}`;
}

function choose({ t, lang, id, asked }, ways, chosen, files) {
  const link = (one) => h("a", {
    href: addressOf({ lang, view: "variance", id, asked: { period: asked.period, ...one } }),
    "aria-current": one === chosen ? "true" : null,
  }, nameOf(t, one, files));
  return h("nav", { class: "choices", "aria-label": t("Which evidence") }, h("ul", {}, ways.map((one) => h("li", {}, link(one)))));
}

function adds(t, told) {
  if (told.sums === undefined) return null;
  return told.adds_up ? h("p", {}, t("The lines below come to what the cause moves: {amount}.", { amount: amountText(told.cause_amount) }))
    : h("p", { class: "alert" }, t("What is kept is not all: the lines below come to {amount}, the cause is {cause}.", { amount: amountText(told.sums.amount), cause: amountText(told.cause_amount) }));
}

function linesOf({ t, lang }, variance, told, caption, files) {
  // Suspended events are of any kind, lines of the cell's.
  const isOfCell = !told.evidence.columns.includes("reason");
  const eventOf = (row) => row.event_id && h("a", { href: addressOf({ lang, view: "event", id: row.event_id }) }, row.event_id);
  const columns = told.evidence.columns.filter((key) => key !== "event_id").map((key) => {
    if (key === "start_at") return { key, label: t.code("column", "start_at"), kind: "moment" };
    if (key === "measure") return { key, label: t("Measure"), code: true };
    if (key === "nature") return { label: t("Nature"), cell: (row) => t.of("nature", row.nature) };
    if (key === "reason") return { label: t.code("column", "reason"), cell: (row) => t.of("reason", row.reason) };
    if (OF_SUSPENSE.includes(key)) return { key, label: key === "sub_reason" ? t("Detail") : t.code("column", key), code: CODES.has(key) };
    if (key === "file" || key === "row") return { key, label: t.code("event", key), code: key === "file", kind: key === "row" ? "whole" : "text" };
    if (isOfCell && UNITS.has(key)) return { label: t.code("column", key === "units" ? "quantity" : key), kind: "raw", cell: (row) => row[key] != null && unitsOf(t, variance, row[key]) };
    return { key, label: t.code("column", key), kind: key === "charged" || key.endsWith("amount") ? "amount" : "whole" };
  });
  return table(t, {
    caption: `${caption} (${grouped(told.count)})`, rows: rowsOf(told.evidence), files,
    columns: [{ label: t.in("one event", "Event"), code: true, head: true, cell: eventOf }, ...columns],
  });
}

function made(context, { query, variance: row }) {
  const { t, lang, id, who } = context;
  const shown = h("pre", { tabindex: "0", "aria-label": t("Query") }, query);
  const about = h("p", {}, row.is_total ? t("The query below shows the claim of which a total is not the sum of its rows.") : t("The query below shows what the recomputed figure is the sum of."));
  if (!who.may.console) return [about, shown, h("p", {}, t("The console is closed; run this on relief.duckdb."))];
  const show = h("button", { type: "button" }, t("Show the result"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true }, t("Cancel"));
  const run = queryRun(context, { busy: (isBusy) => ([show.disabled, cancel.disabled] = [isBusy, !isBusy]) });
  show.addEventListener("click", () => run.begin(query));
  cancel.addEventListener("click", run.cancel);
  return [
    about, shown,
    h("p", { class: "buttons" }, show, cancel, h("a", { href: addressOf({ lang, view: "console", asked: { variance: id } }) }, t("Open in the console"))),
    run.status, run.result,
  ];
}
