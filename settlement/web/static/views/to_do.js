// What a month leaves to be done: suspended events and refunds, summed by what mends them and, for auditors, each by its address.

import { get, rowsOf } from "../api.js";
import { choice, field, h } from "../dom.js";
import { month } from "../figures.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { addressOf } from "../places.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";
import { codesOf } from "../words.js";

const REFUND_OFFSET = "refund_offset";
const AMOUNTS = ["refund", "paid", "overcharge"];
const ID_SHOWN = 8; // of an event; files have it whole

export async function toDo(context) {
  const { t, asked, who, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier };
  const found = await get("to-do", given, signal);
  const { period, generation } = found;
  const chosen = { ...given, period };
  const lists = who.may.lines ? await Promise.all([suspended(context, chosen), refunds(context, chosen)]) : [];
  return {
    title: t("Suspended and refunds"), period, generation,
    trail: [[t("Overview"), { view: "overview", asked: { period } }], [t("Suspended and refunds")]],
    nodes: [
      who.may.lines && filters(context, period),
      h("section", {}, h("h2", {}, t("What is to be done")), sums(context, found, chosen)),
      ...lists,
    ].filter(Boolean),
  };
}

function filters({ t, asked, to, about }, period) {
  const control = (key, label, codes, words) =>
    field(label, choice([["", t("Any")], ...codes.map((code) => [code, words(code)])], asked[key] ?? "", {
      name: key, onchange: (event) => to("to-do", "", { ...asked, offset: null, [REFUND_OFFSET]: null, period, [key]: event.target.value }),
    }));
  return h("form", { class: "filters", "aria-label": t("Filter"), onsubmit: (event) => event.preventDefault() },
    control("carrier", t("Carrier"), Object.keys(about.carriers), (code) => carrierName(t, about, code)),
    control("reason", t("Reason"), codesOf("reason"), (code) => t.of("reason", code)),
    control("state", t("State of the refund"), codesOf("refund_state"), (code) => t.of("refund_state", code)));
}

/** A table for each sort of thing that there is; a sentence where there is nothing. */
function sums({ t, about }, found, asked) {
  const period = month(found.period);
  const rows = Object.fromEntries(["suspense", "unpriced", "refunds", "findings"].map((name) => [name, found[name] ? rowsOf(found[name]) : []]));
  const files = (name) => ({ path: "to-do", asked, table: name });
  const carrier = { label: t("Carrier"), wide: true, cell: (row) => carrierName(t, about, row.carrier) };
  const doing = (cell) => ({ label: t("What to do"), wide: true, cell });
  const charged = rows.refunds.flatMap(({ carrier: id, refunds: due, refund, overcharged, overcharge }) => [
    { carrier: id, what: "refund", events: due, amount: refund }, { carrier: id, what: "overcharged", events: overcharged, amount: overcharge },
  ]).filter(({ events }) => events > 0);
  const shown = [
    rows.suspense.length > 0 && [
      h("p", {}, t.code("to_do", "no_amount")),
      table(t, {
        caption: t("Events in suspense, {month}: by what to do", { month: period }), rows: rows.suspense, files: files("suspense"),
        columns: [
          carrier, { label: t("Reason"), wide: true, cell: (row) => [`${t.of("reason", row.reason)}: ${t.of("means", row.reason)} (`, h("code", {}, row.reason), ")"] },
          { key: "events", label: t("Count"), kind: "whole" }, doing((row) => t.of("mend", row.reason)),
        ],
      }),
    ],
    rows.unpriced.length > 0 && [
      table(t, {
        caption: t("Events without a price, {month}: by plan, kind and destination (of a pack its name)", { month: period }), rows: rows.unpriced, files: files("unpriced"),
        columns: [
          carrier, { key: "plan", label: t("Plan"), code: true }, { label: t("Kind"), cell: (row) => t.of("kind", row.kind) },
          { key: "destination", label: t.code("event", "destination"), code: true }, { key: "events", label: t("Count"), kind: "whole" },
        ],
      }),
      h("ul", {}, [...new Set(rows.unpriced.map((row) => row.carrier))].map((id) =>
        h("li", {}, `${carrierName(t, about, id)}. `, t.code("to_do", "unpriced", { carrier: id })))),
    ],
    charged.length > 0 && table(t, {
      caption: t("Refunds due and overcharges, {month} (đồng)", { month: period }), rows: charged, files: files("refunds"),
      columns: [
        carrier, { label: t("What"), wide: true, cell: (row) => t.code("charged", row.what) },
        { key: "events", label: t("Count"), kind: "whole" }, { key: "amount", label: t("Amount"), kind: "whole" },
        doing((row) => t.code("to_do", row.what, { period: found.period, carrier: row.carrier })),
      ],
    }),
    rows.findings.length > 0 && table(t, {
      caption: t("Usage against master data, {month}", { month: period }), rows: rows.findings, files: files("findings"),
      columns: [
        carrier, { label: t("What"), wide: true, cell: (row) => [`${t.of("finding", row.finding)} (`, h("code", {}, row.finding), ")"] },
        { key: "findings", label: t("Count"), kind: "whole" }, doing(() => t.code("to_do", "finding")),
      ],
    }),
  ].filter(Boolean);
  return shown.length ? shown : h("p", {}, t("Nothing is left to be done."));
}

/** Columns that both lists have: where an event stands in its source's files, which it is, and what. */
const addressColumns = ({ t, lang, asked }) => [
  { key: "file", label: t.code("event", "file"), code: true }, { key: "row", label: t.code("event", "row"), kind: "whole" },
  { label: t.in("one event", "Event"), code: true, cell: (row) => h("a", { href: addressOf({ lang, view: "event", id: row.event_id }) }, `${row.event_id.slice(0, ID_SHOWN)}…`) },
  asked.carrier == null && { key: "carrier", label: t("Carrier"), code: true },
  { key: "plan", label: t("Plan"), code: true }, { label: t("Kind"), cell: (row) => (row.kind == null ? null : t.of("kind", row.kind)) },
  { key: "destination", label: t("Destination, or pack"), code: true },
].filter(Boolean);

const amount = (t, key) => ({ key, label: t.code("column", key), kind: "whole" });

const start = (t) => ({ key: "start_at", label: t.code("column", "start_at"), kind: "moment" });

async function suspended(context, chosen) {
  const { t, asked, signal } = context;
  const given = { ...chosen, reason: asked.reason };
  const found = await get("suspended", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  return h("section", {}, h("h2", {}, t("Suspended events")),
    table(t, {
      caption: t("Suspended events, {month}, as their files have them", { month: month(found.period) }), rows: rowsOf(found.suspended), files: { path: "suspended", asked: given, table: "suspended" },
      columns: [
        ...addressColumns(context), { label: t("Reason"), cell: (row) => t.of("reason", row.reason) },
        { label: t.code("event", "units"), cell: (row) => (row.units == null ? null : quantity(t, row.kind, row.units)), kind: "raw" }, amount(t, "charged"), start(t),
      ],
    }),
    pager(context, found));
}

async function refunds(context, chosen) {
  const { t, asked, signal } = context;
  const given = { ...chosen, state: asked.state };
  const found = await get("refunds", { ...given, offset: offsetOf(asked, REFUND_OFFSET), limit: ROWS }, signal);
  const period = month(found.period);
  const state = { label: t("State"), cell: (row) => t.of("refund_state", row.state) };
  return h("section", {}, h("h2", {}, t("Refunds")),
    table(t, {
      caption: t("How refunds stand, {month} (đồng)", { month: period }), rows: rowsOf(found.states), files: { path: "refunds", asked: chosen, table: "states" },
      columns: [
        { label: t("Carrier"), wide: true, cell: (row) => carrierName(t, context.about, row.carrier) }, state,
        { key: "events", label: t("Count"), kind: "whole" }, ...AMOUNTS.map((key) => amount(t, key)),
      ],
    }),
    table(t, {
      caption: t("Refunds, {month}, the largest first (đồng)", { month: period }), rows: rowsOf(found.refunds), files: { path: "refunds", asked: given, table: "refunds" },
      columns: [
        ...addressColumns(context), state,
        ...[...AMOUNTS, "charged"].map((key) => amount(t, key)), start(t),
      ],
    }),
    pager(context, found, REFUND_OFFSET));
}
