// What users are owed back: due, paid, left, and for auditors each event of it.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { addressColumns, amount, start } from "../event_columns.js";
import { amountText, grouped, inShort, month, whole } from "../figures.js";
import { filters, ofCarriers, switchBy } from "../filters.js";
import { standing } from "../icons.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";
import { codesOf } from "../words.js";

const AMOUNTS = ["refund", "paid", "overcharge"];
const LOOKS = { due: "plain", part_paid: "half", paid: "good", overpaid: "warn", overcharged: "warn" };

export async function refunds(context) {
  const { t, asked, who, signal } = context;
  const given = { period: asked.period, carrier: asked.carrier, by: asked.by };
  const found = await get("refund-sums", given, signal);
  const { period, generation } = found;
  const statements = rowsOf(found.statements);
  const sums = who.may.lines ? rowsOf(found.sums)[0] : null;
  const none = statements.length === 0 && !(sums && whole(sums.overpaid) > 0n);
  return {
    title: t("Refunds, {month}", { month: month(period) }), period, generation,
    nodes: [
      none && h("p", { class: "lead" }, standing("good", t("Nobody was charged above what is payable this month."))),
      none && h("p", {}, t("A refund is due where a file says that more was taken for an event than is payable. What is paid is booked by doisoat refund import FILE.")),
      !none && lead(t, statements, sums),
      sums && !none && figures(t, sums),
      !none && h("details", {}, h("summary", {}, t("How they are paid")), h("ul", {}, statements.filter((row) => whole(row.refund) > 0n).map((row) =>
        h("li", {}, `${shortName(context.about, row.carrier)}. `, t.code("to_do", "refund", { period, carrier: row.carrier }))))),
      who.may.lines && filters(context, period, [ofCarriers(context), ["state", t("State of the refund"), codesOf("refund_state").map((code) => [code, t.of("refund_state", code)])]]),
      !none && by(context, found, { ...given, period }),
      who.may.lines && !none && await list(context, { period, carrier: asked.carrier, state: asked.state }),
    ].flat().filter(Boolean),
  };
}

function lead(t, statements, sums) {
  const all = (key) => statements.reduce((sum, row) => sum + whole(row[key]), 0n);
  const due = t("Charged above what is payable: {amount}. Events: {count}.", { count: grouped(sums?.refunds ?? all("refunds")), amount: inShort(t, sums?.refund ?? all("refund")) });
  const overcharged = sums?.overcharged ?? all("overcharged");
  return h("p", { class: "lead" }, due, whole(overcharged) > 0n && ` ${t.n("Apart from these, {count} event was charged above list value: {mend}.", "Apart from these, {count} events were charged above list value: {mend}.", { count: overcharged, mend: t.code("to_do", "overcharged") })}`);
}

/** Due, paid and left add up; what was paid too much stands beside them. */
function figures(t, sums) {
  const figure = (name, value) => h("dl", { class: "figure" }, h("dt", {}, name), h("dd", {}, inShort(t, value)), h("dd", {}, amountText(value)));
  const sign = (text) => h("b", { "aria-hidden": "true" }, text);
  return [
    h("div", { class: "equation" }, figure(t("Refund due"), sums.refund), sign("−"), figure(t("Paid of it"), sums.settled), sign("="), figure(t("Left to pay"), sums.left_to_pay)),
    whole(sums.overpaid) > 0n && h("p", {}, standing("warn", t("{amount} was paid above what is due.", { amount: amountText(sums.overpaid) }))),
  ];
}

function by(context, found, asked) {
  const { t, about, who } = context;
  const money = (key, label) => ({ key, label, kind: "amount" });
  const counted = (key, label) => ({ key, label, kind: "whole" });
  const carrier = { label: t("Carrier"), wide: true, cell: (row) => shortName(about, row.carrier) };
  const count = counted("refunds", t("Refunds due"));
  const due = money("refund", t.code("column", "refund"));
  const above = [counted("overcharged", t("Events above list value")), money("overcharge", t.code("column", "overcharge"))];
  if (!who.may.lines) {
    return table(t, {
      caption: t("Refunds due, {month} ({currency_name})", { month: month(found.period) }), rows: rowsOf(found.statements),
      columns: [carrier, count, due, ...above], files: { path: "refund-sums", asked, table: "statements" },
    });
  }
  const first = { carrier: [carrier], plan: [carrier, { label: t("Plan"), wide: true, cell: (row) => row.plan_name ?? row.plan }], month: [{ label: t("Usage month"), cell: (row) => month(row.period) }] };
  return h("section", {}, h("h2", {}, t("Where they are")),
    switchBy(context, [["carrier", t("Carrier")], ["plan", t("Plan")], ["month", t("Month")]]),
    table(t, {
      caption: asked.by === "month" ? t("Refunds of all months, by month of usage ({currency_name})") : t("Refunds due and paid, {month}, the largest first ({currency_name})", { month: month(found.period) }),
      rows: rowsOf(found.by), files: { path: "refund-sums", asked, table: "by" },
      columns: [...first[asked.by ?? "carrier"], count, due, money("settled", t("Paid of it")), money("left_to_pay", t("Left to pay")), money("overpaid", t("Paid too much")), ...above],
    }));
}

async function list(context, given) {
  const { t, asked, signal } = context;
  const found = await get("refunds", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  return h("section", {}, h("h2", {}, t("Refunds")),
    table(t, {
      caption: t("Refunds, {month}, the largest first ({currency_name})", { month: month(found.period) }), rows: rowsOf(found.refunds), none: t("Nothing is so. Choose “Any” in the filter to see all."), files: { path: "refunds", asked: given, table: "refunds" },
      columns: [
        { label: t("State"), cell: (row) => standing(LOOKS[row.state] ?? "plain", t.of("refund_state", row.state)), head: false },
        ...addressColumns(context), ...[...AMOUNTS, "payable", "charged"].map((key) => amount(t, key)), start(t),
      ],
    }),
    pager(context, found));
}
