// What carriers owe each other for the calls of a month, net by pair: as the log has it, or worked out by a job.

import { get, rowsOf } from "../api.js";
import { choice, field, h } from "../dom.js";
import { day, amountText, exact, grouped, month, whole } from "../figures.js";
import { jobBox } from "../job.js";
import { addressOf } from "../places.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

const PER = /^([\d.]+) ?([a-z]+)$/i; // as a catalogue writes a length of time

export async function interconnect(context) {
  const { t, asked, signal, to } = context;
  const found = await get("interconnect", { period: asked.period }, signal);
  const { period, generation, entry } = found;
  const isRecorded = entry !== null;
  const rounding = choice(codesOf("rounding").map((code) => [code, t.of("rounding", code)]), asked.rounding ?? "", { name: "rounding" });
  const { section, heading, show, begin } = jobBox(context, (result) => answer(context, result, { path: `jobs/${asked.job}`, asked: {} }));

  async function submit(event) {
    event.preventDefault();
    const job = await begin({ kind: "interconnect", period, rounding: rounding.value });
    if (job !== null) to("interconnect", "", { ...asked, period, rounding: rounding.value, pair: null, job });
  }

  const record = h("p", {}, t("To have it on the papers, and here at once: doisoat interconnect {period} --record, before the month is signed.", { period }));
  return {
    title: t("Interconnect, {month}", { month: month(period) }), period, generation,
    focusOn: asked.job && !isRecorded ? heading : null, shown: () => asked.job && !isRecorded && show(asked.job),
    nodes: [
      h("p", {}, t("The calling network pays the called one the price of the call’s start, without {tax_name}. It is added neither to what is payable nor to any relief.")),
      ...(isRecorded
        ? [h("p", {}, t("As entry {entry} of the log has it.", { entry: grouped(entry) })), ...answer(context, found, { path: "interconnect", asked: { period } })]
        : [
          h("p", {}, t("Nobody has recorded it for this month yet. It can be worked out here from the same calls; nothing is written.")), record,
          h("form", { class: "filters", onsubmit: submit }, field(t.in("of amounts", "Rounding"), rounding), h("p", {}, h("button", { type: "submit" }, t("Compute")))),
          section,
        ]),
    ],
  };
}

/** Who pays whom, at which prices, and the calls of which nothing is owed. files: where its tables are to be had. */
function answer(context, result, { path, asked: given }) {
  const { t, asked, about } = context;
  const size = (row) => whole(row.net ?? row.owes);
  const pairs = rowsOf(result.pairs).sort((one, other) => (one.net === null) - (other.net === null) || (size(other) > size(one) ? 1 : -1));
  const callers = [...new Set(rowsOf(result.counts).map((row) => row.carrier))];
  const name = (id) => shortName(about, id);
  const files = (of) => ({ path, asked: given, table: of });
  const netted = pairs.filter((row) => row.net !== null);
  const sum = (rows, key) => rows.reduce((all, row) => all + whole(row[key]), 0n);
  const paying = ({ payer, payee }) => t("{payer} pays {payee}", { payer: name(payer), payee: name(payee) });
  const codeOf = ({ payer, payee }) => `${payer}~${payee}`;
  const isChosen = (row) => !asked.pair || [codeOf(row), codeOf({ payer: row.payee, payee: row.payer })].includes(asked.pair);
  const link = (row) => h("a", { href: addressOf({ ...context, asked: { ...asked, pair: codeOf(row) } }), "aria-current": asked.pair === codeOf(row) ? "true" : null }, paying(row));
  const prices = rowsOf(result.prices).filter(isChosen);
  return [
    h("p", { class: "lead" }, pairs.length === 0 ? t("No call of this month owes interconnection.")
      : t.n("{netted} of {count} pair of carriers is netted: {amount} is left to pay.", "{netted} of {count} pairs of carriers are netted: {amount} is left to pay.", { netted: grouped(netted.length), count: pairs.length, amount: amountText(sum(netted, "net")) })),
    netted.length < pairs.length && h("p", {}, t("Where the run has no calls of the other side, what that side owes is not known: such a pair is not netted.")),
    table(t, {
      caption: t("Who pays whom ({currency_name} without {tax_name}, {rounding})", { rounding: t.of("rounding", result.rounding) }), rows: pairs, files: files("pairs"),
      columns: [
        { label: t("Pair"), wide: true, cell: (row) => row.label ?? link(row) }, { key: "owes", label: t("Owes"), kind: "amount" },
        { key: "owed", label: t("Is owed"), kind: "amount" }, { key: "net", label: t("Left to pay"), kind: "amount" },
      ],
      total: netted.length > 1 && netted.length === pairs.length ? { label: t.in("sum of rows", "Total"), ...Object.fromEntries(["owes", "owed", "net"].map((key) => [key, sum(netted, key)])) } : null,
    }),
    h("section", {}, h("h2", {}, t("Where the calls went")),
      table(t, {
        caption: t("Calls and messages of each carrier’s own users"), rows: counted(rowsOf(result.counts), callers), files: files("counts"),
        columns: [
          { label: t("Sort"), wide: true, cell: (row) => t.of("call_sort", row.sort) }, ...callers.map((key) => ({ key, label: name(key), kind: "whole" })),
          callers.length > 1 && { key: "all", label: t.in("sum of rows", "Total"), kind: "whole" },
        ].filter(Boolean),
      })),
    h("details", { open: Boolean(asked.pair) }, h("summary", {}, t("By direction and price")),
      asked.pair && h("p", {}, h("a", { href: addressOf({ ...context, asked: { ...asked, pair: null } }) }, t("Show all pairs"))),
      table(t, {
        caption: t("Calls at each price, and what they owe"), rows: prices, files: files("prices"),
        columns: [
          { label: t("Pair"), wide: true, cell: (row) => row.label ?? paying(row) },
          { label: t("Price"), kind: "raw", cell: (row) => (row.label ? "" : priceOf(t, row)) },
          { label: t("Days"), cell: (row) => (row.label ? "" : [...new Set([day(row.first_day), day(row.last_day)])].join(" – ")) },
          { key: "calls", label: t("Calls"), kind: "whole" }, { label: t("Time"), kind: "raw", cell: (row) => quantity(t, "voice", row.ms) },
          { label: t("Of which nothing is owed (waived)"), kind: "raw", cell: (row) => (whole(row.waived_ms) === 0n ? null : quantity(t, "voice", row.waived_ms)) }, { key: "amount", label: t("Owes"), kind: "amount" },
        ],
        total: prices.length > 1 ? { label: t.in("sum of rows", "Total"), ...Object.fromEntries(["calls", "ms", "waived_ms", ...(asked.pair ? [] : ["amount"])].map((key) => [key, sum(prices, key)])) } : null,
      })),
  ].filter(Boolean);
}

/** A row a sort of calls, a carrier a column. */
function counted(rows, carriers) {
  const sorts = [...new Set(rows.map((row) => row.sort))];
  return codesOf("call_sort").filter((sort) => sorts.includes(sort)).map((sort) => {
    const of = Object.fromEntries(carriers.map((carrier) => [carrier, 0n]));
    for (const row of rows) if (row.sort === sort) of[row.carrier] = whole(row.calls);
    return { sort, ...of, all: Object.values(of).reduce((all, calls) => all + calls, 0n) };
  });
}

/** The price of a length of time, in the currency. */
function priceOf(t, { price, per }) {
  const [, count, unit] = PER.exec(per) ?? [null, "", per];
  const of = t.knows("length_of", unit) ? t.of("length_of", unit) : unit;
  return `${exact(price)}\u00a0đ/${count === "1" ? "" : `${exact(count)}\u00a0`}${of}`;
}
