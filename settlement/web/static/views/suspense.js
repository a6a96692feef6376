// Events without an amount: how many, why, what mends it, and for auditors each by its address.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { addressColumns, amount, destinationOf, kindOf, start } from "../event_columns.js";
import { about as roughly, grouped, month, whole } from "../figures.js";
import { filters, ofCarriers, switchBy } from "../filters.js";
import { standing } from "../icons.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

export async function suspense(context) {
  const { t, asked, who, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier, reason: asked.reason, by: asked.by };
  const found = await get("suspense", given, signal);
  const { period, generation } = found;
  const reasons = byReason(rowsOf(found.reasons));
  const [{ events, suspended }] = rowsOf(found.events);
  const isNone = reasons.length === 0;
  return {
    title: t("Events in suspense, {month}", { month: month(period) }), period, generation,
    nodes: [
      h("p", { class: "lead" }, isNone ? standing("good", t("Every event of this month has an amount."))
        : t.n("{count} event has no amount yet: {share} of all {events}.", "{count} events have no amount yet: {share} of all {events}.", { count: suspended, share: roughly(suspended, events), events: grouped(events) })),
      isNone && h("p", {}, t("An event is suspended where no price of the catalogue fits it, or where its copies contradict each other.")),
      !isNone && h("p", {}, t.code("to_do", "no_amount")),
      h("div", { class: "tiles" }, reasons.map((row) => tile(context, row))),
      who.may.lines && filters(context, period, [ofCarriers(context), ["reason", t("Reason"), codesOf("reason").map((code) => [code, t.of("reason", code)])]]),
      !isNone && sums(context, found, { ...given, period }),
      who.may.lines && !isNone && await list(context, { period, carrier: asked.carrier, reason: asked.reason }),
    ].filter(Boolean),
  };
}

/** Reasons with their events over carriers, the most frequent first. */
function byReason(rows) {
  const made = new Map();
  for (const { reason, carrier, events } of rows) {
    const row = made.get(reason) ?? { reason, events: 0n, carriers: [] };
    row.events += whole(events);
    row.carriers.push(carrier);
    made.set(reason, row);
  }
  return [...made.values()].sort((one, other) => (other.events > one.events ? 1 : -1));
}

function tile({ t, about }, { reason, events, carriers }) {
  return h("section", { class: "tile" },
    h("dl", { class: "figure" }, h("dt", {}, t.of("reason", reason)), h("dd", {}, grouped(events))),
    h("p", {}, t.of("means", reason)),
    h("p", {}, h("strong", {}, t.of("mend", reason))),
    reason === "no_tariff" && h("details", {}, h("summary", {}, t("A carrier’s own prices")),
      h("ul", {}, carriers.map((id) => h("li", {}, `${shortName(about, id)}. `, t.code("to_do", "unpriced", { carrier: id }))))));
}

/** The same by what was chosen, the most events first; without lines by carrier and reason alone. */
function sums(context, found, asked) {
  const { t, about, who } = context;
  const rows = rowsOf(who.may.lines ? found.suspense : found.reasons);
  const known = (key) => rows.some((row) => row[key] != null);
  const columns = [
    known("carrier") && { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) },
    known("plan") && { label: t("Plan"), wide: true, cell: (row) => (row.plan ? h("span", { title: row.plan }, row.plan_name ?? row.plan) : null) },
    known("kind") && { label: t("Kind"), cell: (row) => kindOf(t, row) },
    known("destination") && { label: t("Destination, or pack"), wide: true, cell: (row) => destinationOf(context, row) },
    known("file") && { key: "file", label: t.code("event", "file"), code: true },
    { label: t("Reason"), cell: (row) => t.of("reason", row.reason) },
    { key: "events", label: t("Count"), kind: "whole" },
  ].filter(Boolean);
  return h("section", {},
    h("h2", {}, t("Where they are")),
    who.may.lines && switchBy(context, [
      ["reason", t("Reason")], ["carrier", t("Carrier")], ["plan", t("Plan")], ["destination", t("Destination")], ["file", t.code("event", "file")],
    ]),
    table(t, {
      caption: t("Events in suspense, {month}, the most first", { month: month(found.period) }), rows, columns,
      files: { path: "suspense", asked, table: who.may.lines ? "suspense" : "reasons" },
    }));
}

async function list(context, given) {
  const { t, asked, signal } = context;
  const found = await get("suspended", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  return h("section", {}, h("h2", {}, t("Suspended events")),
    table(t, {
      caption: t("Suspended events, {month}, as their files have them", { month: month(found.period) }), rows: rowsOf(found.suspended), none: t("Nothing is so. Choose “Any” in the filter to see all."), files: { path: "suspended", asked: given, table: "suspended" },
      columns: [
        ...addressColumns(context), { label: t("Reason"), cell: (row) => t.of("reason", row.reason) },
        { label: t.code("event", "units"), cell: (row) => (row.units == null ? null : quantity(t, row.kind, row.units)), kind: "raw" }, amount(t, "charged"), start(t),
      ],
    }),
    pager(context, found));
}
