// What a month came to: its figures, what is left to be done, and the same by carrier, measure, day and province.

import { get, rowsOf } from "../api.js";
import { announced } from "../announcements.js";
import { burnDown } from "../burn_down.js";
import { picture } from "../chart.js";
import { envelopes } from "../envelopes.js";
import { h, pairs } from "../dom.js";
import { amountText, changed, about as roughly, day, figureOf, grouped, inShort, month, signedAmount, whole } from "../figures.js";
import { standing } from "../icons.js";
import { OF_MONEY, barred, natureName, patterns } from "../natures.js";
import { verifiedWhen } from "../chain.js";
import { addressOf } from "../places.js";
import { provinces } from "../province_list.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { groupName, groupsOf, shortName } from "../variance_parts.js";

const MERGED = "*";
const WAITING = ["open", "asked"]; // nobody has decided on them yet
const CAUSES_LOOKED_AT = 20; // of which the first three that wait are shown
const CAUSES_SHOWN = 3;
const LOOKS = { open: "plain", settled: "half", signed: "good", superseded: "warn" };

export async function overview(context) {
  const { t, asked, about, who, signal } = context;
  const found = await get("overview", { period: asked.period }, signal);
  const { verified = null } = who.user.role === "auditor" ? await get("signatures", { period: found.period }, signal) : {};
  const { period, run, generation } = found;
  const causes = await causesWaiting(found, signal);
  const files = (name) => ({ path: "overview", asked: { period }, table: name });
  const carriers = rowsOf(found.carriers);
  const section = (id, head, ...nodes) => h("section", { id }, h("h2", {}, head), ...nodes);
  return {
    title: t("Month {month}", { month: month(period) }), period, generation,
    nodes: [
      patterns(),
      facts(context, found, carriers, verified),
      lead(t, carriers),
      equation(t, carriers),
      apart(t, carriers),
      section("to-do", t("What is left to be done"), toDo(context, found, carriers, causes)),
      section("carriers", t("By carrier"), ofCarriers(context, period, carriers, files("carriers"))),
      section("measures", t("By measure"), ofMeasures(t, rowsOf(found.measures), files("measures"))),
      section("days", t("By day"), days(t, rowsOf(found.relief_days), files("relief_days"))),
      section("provinces", t("By home province"), provinces(context, found, files("provinces"))),
      h("details", {}, h("summary", {}, t("Programmes, and the values that were announced")),
        h("p", {}, t("What a programme counts together, it counts by its own rule; it is no sum of the month.")),
        envelopes(t, rowsOf(found.programmes), files("programmes")), burnDown(t, about, found, files("burn_down")),
        ...announced(t, found, files("announcements"))),
      h("details", {}, h("summary", {}, t("Run, package and digests")), pairs([
        [t("Package"), run?.package], [t("Run"), run && h("code", {}, run.run)], [t("Result digest"), run && h("code", {}, run.digest)],
      ])),
    ],
  };
}

const sum = (rows, key) => rows.reduce((all, row) => all + whole(row[key] ?? 0), 0n);
const largest = (rows, key) => rows.reduce((most, row) => (whole(row[key] ?? 0) > most ? whole(row[key]) : most), 0n);

/** Where the month stands, in one line. */
function facts({ t, lang, who }, found, carriers, verified) {
  const { state, signed_at: signedAt } = rowsOf(found.periods).find((one) => one.period === found.period) ?? {};
  const standingOf = state && [t.of("period", state), state === "signed" ? day(signedAt) : state === "settled" && t("not signed yet")].filter(Boolean).join(", ");
  return h("ul", { class: "facts" },
    state && h("li", {}, standing(LOOKS[state] ?? "plain", standingOf)),
    h("li", {}, [t.n("{count} carrier", "{count} carriers", { count: carriers.length }), t.n("{count} event", "{count} events", { count: sum(carriers, "events") })].join(", ")),
    who.user.role === "auditor" && h("li", {}, h("a", { href: addressOf({ lang, view: "signatures", asked: { period: found.period } }) }, verifiedWhen(t, verified))),
    since({ t, lang }, found, carriers));
}

/** What changed since the settled month before, each figure by itself. */
function since({ t, lang }, { period_before: before, carriers_before: rows }, carriers) {
  if (before == null) return h("li", {}, t("No earlier month is settled: there is nothing to compare with."));
  const change = (key, name) => [name, changed(sum(carriers, key), sum(rowsOf(rows), key))];
  const changes = [...OF_MONEY.map((key) => change(key, t.of("nature", key))), change("suspended", t("in suspense"))]
    .filter(([, by]) => by !== null).map(([name, by]) => `${name} ${by}`);
  return h("li", {}, h("a", { href: addressOf({ lang, view: "overview", asked: { period: before } }) }, t("Since {month}", { month: month(before) })),
    `: ${changes.join("; ")}`);
}

/** The answer in a sentence. */
function lead(t, carriers) {
  const discount = sum(carriers, "discount");
  const said = discount === 0n
    ? t("No bill was lower by a measure this month.")
    : t("Users paid {amount} less on their bills: {share} of the list value.", { amount: inShort(t, discount), share: roughly(discount, sum(carriers, "list_value")) });
  return h("p", { class: "lead" }, said);
}

const figure = (t, name, amount) =>
  h("dl", { class: "figure" }, h("dt", {}, name), h("dd", {}, inShort(t, amount)), h("dd", {}, amountText(amount)));

/** The one equation of the page. */
function equation(t, carriers) {
  const of = (key, name) => figure(t, name, sum(carriers, key));
  return h("div", { class: "equation" },
    of("list_value", t("List value")), h("b", { "aria-hidden": "true" }, "−"),
    of("discount", natureName(t, "discount")), h("b", { "aria-hidden": "true" }, "="), of("payable", t("Payable")));
}

/** What is on no bill: each in a box of its own, for natures do not add up. */
function apart(t, carriers) {
  const count = sum(carriers, "forbearances");
  return h("div", { class: "apart" },
    h("p", {}, t("Relief that is on no bill. Each sort is measured in its own way: it is added neither to another nor to the discount.")),
    h("div", {}, ["in_kind", "contribution"].map((nature) => figure(t, natureName(t, nature), sum(carriers, nature))),
      h("dl", { class: "figure" }, h("dt", {}, natureName(t, "forbearance")),
        h("dd", {}, t.n("{count} time", "{count} times", { count })), h("dd", {}, t("counted, without an amount")))));
}

/** The variances that nobody has decided on yet, by carrier and state. */
const waiting = ({ variances }) => (variances ? rowsOf(variances).filter((row) => WAITING.includes(row.state)) : []);

/** The largest causes with variances that wait, the largest first. */
async function causesWaiting(found, signal) {
  if (waiting(found).length === 0) return [];
  const { groups } = await get("variance-groups", { period: found.period, limit: CAUSES_LOOKED_AT }, signal);
  return groupsOf(rowsOf(groups)).filter((row) => WAITING.some((state) => row[state] > 0)).slice(0, CAUSES_SHOWN);
}

/** What a cause comes to: short and over are two errors, and each nature stands by itself. */
function differences(t, { sums }) {
  return OF_MONEY.filter((nature) => sums[nature]).flatMap((nature) => {
    const { short, over, misplaced } = sums[nature];
    const amounts = [short, over].filter((amount) => whole(amount) !== 0n).map((amount) => signedAmount(amount));
    const wrong = whole(misplaced) > 0n ? [t("{amount} in the wrong place", { amount: amountText(misplaced) })] : [];
    return [...amounts, ...wrong].map((amount) => `${t.of("nature", nature)} ${amount}`);
  });
}

/** What waits for somebody, each with its way there. */
function toDo({ t, lang, about }, found, carriers, causes) {
  if (!found.suspense) return h("p", {}, t("The file of this role has no events in suspense, refunds or claims."));
  const { period } = found;
  const way = (view, text, asked = {}) => h("a", { class: "go", href: addressOf({ lang, view, asked: { period, ...asked } }) }, text);
  const item = (look, name, said, link) => h("li", {}, standing(look, name), Array.isArray(said) ? h("div", {}, said) : h("p", {}, said), link);
  const listed = (rows, key, words) => rows.filter((row) => whole(row[key] ?? 0) > 0n)
    .sort((one, other) => (whole(other[key]) > whole(one[key]) ? 1 : -1)).map(words).join("; ");
  const suspense = byKey(rowsOf(found.suspense), "reason", "events");
  const refunds = rowsOf(found.refunds);
  const open = waiting(found);
  const suspended = sum(suspense, "events");
  const due = sum(refunds, "refund");
  const items = [
    open.length > 0 && item("warn", t.n("{count} variance", "{count} variances", { count: sum(open, "variances") }), [
      h("p", {}, `${t("Claims of {carriers}; + is claimed too much, − too little. The largest causes:", { carriers: listed(byKey(open, "carrier", "variances"), "variances", (row) => `${shortName(about, row.carrier)} ${grouped(row.variances)}`) })}`),
      h("ol", {}, causes.map((row) => h("li", {}, h("a", { href: addressOf({ lang, view: "variances", asked: { period, open: row.group } }) }, groupName({ t, about }, row, "cause")), `: ${[t.n("{count} variance", "{count} variances", { count: row.variances }), ...differences(t, row)].join("; ")}`)))],
      way("variances", t("See where claims differ"))),
    suspended > 0n && item("warn", t.n("{count} event in suspense", "{count} events in suspense", { count: suspended }),
      `${t("{share} of the events, without an amount yet", { share: roughly(suspended, sum(carriers, "events")) })}: ${listed(suspense, "events", (row) => `${t.of("reason", row.reason)} ${grouped(row.events)}`)}`,
      way("suspense", t("See them by reason"))),
    due > 0n && item("warn", t.n("{count} refund due", "{count} refunds due", { count: sum(refunds, "refunds") }),
      `${t("{amount} was charged above what is payable", { amount: amountText(due) })}: ${listed(refunds, "refund", (row) => `${shortName(about, row.carrier)} ${amountText(row.refund)}`)}`,
      way("refunds", t("See the list"))),
  ].filter(Boolean);
  return items.length ? h("ul", { class: "to-do" }, items) : standing("good", t("Nothing is left to be done."));
}

/** Rows that are alike in a key, as one. */
function byKey(rows, key, count) {
  const made = new Map();
  for (const row of rows) made.set(row[key], (made.get(row[key]) ?? 0n) + whole(row[count]));
  return [...made].map(([value, amount]) => ({ [key]: value, [count]: amount }));
}

function ofCarriers({ t, lang, about }, period, rows, files) {
  const name = (row) => (about.carriers[row.carrier] ? shortName(about, row.carrier) : t.called(row, "name"));
  const link = (row) => (row.label ?? h("a", { href: addressOf({ lang, view: "carrier", id: row.carrier, asked: { period } }), title: t.called(row, "name") }, name(row)));
  const keys = ["events", "list_value", "payable", ...OF_MONEY];
  const most = Object.fromEntries(OF_MONEY.map((key) => [key, largest(rows, key)]));
  const plain = (key, label) => ({ key, label, kind: key === "events" ? "whole" : "amount" });
  const nature = (key, sign = "") => ({
    label: h("span", { class: "nature" }, sign, natureName(t, key)), kind: "raw", cell: (row) => (row.label ? figureOf(row[key]) : barred(key, row[key], most[key])),
  });
  const ordered = [...rows].sort((one, other) => (whole(other.discount) > whole(one.discount) ? 1 : -1));
  return table(t, {
    caption: t("Amounts in {currency_name} with {tax_name}, the largest discount first. Bars: each column has a scale of its own."), rows: ordered, files,
    columns: [
      { label: t("Carrier"), wide: true, cell: link }, plain("events", t.code("column", "events")), plain("list_value", t("List value")),
      nature("discount", "− "), plain("payable", `= ${t("Payable")}`), nature("in_kind"), nature("contribution"),
    ],
    total: rows.length > 1 ? { label: t("All {count} carriers", { count: grouped(rows.length) }), ...Object.fromEntries(keys.map((key) => [key, sum(rows, key)])) } : null,
  });
}

/** A measure a row, a nature a column. */
function ofMeasures(t, lines, files) {
  const rows = new Map();
  for (const line of lines) {
    const row = rows.get(line.measure) ?? { ...line, quantities: [] };
    row[line.nature] = line.amount;
    if (line.nature === "forbearance") row.times = line.events;
    row.quantities.push(line);
    rows.set(line.measure, row);
  }
  const all = [...rows.values()];
  const most = Object.fromEntries(OF_MONEY.map((key) => [key, largest(all, key)]));
  const column = (key) => ({ label: natureName(t, key), kind: "raw", cell: (row) => (row.label ? figureOf(row[key]) : barred(key, row[key], most[key])) });
  const units = (row) => (row.label ? "" : quantity(t, row.kind, sum(row.quantities, "units")));
  return table(t, {
    caption: t("All carriers. What was relieved, and its amount by nature ({currency_name})."), rows: all, files,
    columns: [
      { label: t("Measure"), cell: (row) => row.label ?? measureName(t, row), wide: true },
      { label: t.code("column", "quantity"), kind: "raw", cell: units },
      ...OF_MONEY.map(column),
      all.some((row) => row.times != null) && { label: natureName(t, "forbearance"), kind: "raw", cell: (row) => (row.times == null ? null : t.n("{count} time", "{count} times", { count: row.times })) },
    ].filter(Boolean),
    total: all.length > 1 ? { label: t("All {count} measures", { count: grouped(all.length) }), ...Object.fromEntries(OF_MONEY.map((key) => [key, sum(all, key)])) } : null,
  });
}

/** A measure's code and title; of a reader, small cells under one name. */
function measureName(t, row) {
  if (row.measure === MERGED) return t("small cells, merged");
  return h("span", {}, h("code", {}, row.measure), t.called(row) ? ` ${t.called(row)}` : "");
}

/** A drawing a nature, each on a scale of its own. */
function days(t, rows, files) {
  const shown = OF_MONEY.map((nature) => [nature, rows.filter((row) => row.nature === nature && row.day != null && whole(row.amount) > 0n)]).filter(([, of]) => of.length > 1);
  if (!shown.length) return h("p", {}, t("There is too little relief by day to draw."));
  const drawings = shown.map(([nature, of]) => {
    const says = t("{nature}: {amount} in all, on {days} days with relief.", { nature: t.of("nature", nature), amount: amountText(sum(of, "amount")), days: grouped(of.length) });
    const most = of.reduce((one, other) => (whole(other.amount) > whole(one.amount) ? other : one));
    return h("figure", { class: "chart" }, h("figcaption", {}, natureName(t, nature), h("br"), t("{amount} in all", { amount: amountText(sum(of, "amount")) }), h("br"), t("the most on {day}: {amount}", { day: day(most.day), amount: amountText(most.amount) })),
      picture({ ...files, asked: { ...files.asked, nature } }, says, shown.length));
  });
  return [h("p", { class: "hint" }, t("Each drawing has a scale of its own: do not compare heights.")), h("div", { class: "beside" }, drawings)];
}
