// What claims say otherwise than the recomputation: by cause, carrier, measure or day, the largest first.

import { get, rowsOf } from "../api.js";
import { choice, h } from "../dom.js";
import { day, figureOf, grouped, month, signed, signedFigure, whole } from "../figures.js";
import { standing } from "../icons.js";
import { moves, outcome, ticksOf } from "../moves.js";
import { OF_MONEY, fromMiddle, natureName, patterns } from "../natures.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { COUNTED, cellOf, groupName, groupsOf, letterOf, shortName, stateOf } from "../variance_parts.js";
import { codesOf } from "../words.js";

const BYS = ["cause", "carrier", "measure", "day"];
const FILTERS = ["carrier", "measure", "day", "state", "verdict"];
const LOOKS = { explained: "known", ambiguous: "warn", unexplained: "unknown", open: "plain", asked: "half", accepted: "good", rejected: "warn", adjusted: "known" };
const CODE = /([a-z_]+)\[[^\]]*\]/g;

export async function variances(context) {
  const { t, asked, who, signal } = context;
  const given = Object.fromEntries(["period", "by", ...FILTERS].map((key) => [key, asked[key]]));
  let found;
  try {
    found = await get("variance-groups", { ...given, offset: offsetOf(asked), limit: ROWS }, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("Variances"), nodes: [h("p", {}, t("The file of this role has no variances; the ministry’s auditors see them."))] };
  }
  const { period, generation, by } = found;
  const inPeriod = { ...context, period };
  const groups = groupsOf(rowsOf(found.groups));
  const counts = rowsOf(found.counts);
  const causes = groups.filter((row) => row.verdict !== "unexplained").length;
  const all = t.n("{count} variance", "{count} variances", { count: found.variances });
  const title = by === "cause" && found.count === groups.length && causes > 0 ? `${all}, ${t.n("{count} cause", "{count} causes", { count: causes })}` : all;
  const trail = [[t("Overview"), { view: "overview", asked: { period } }], [t("Variances")]];
  if (counts.length === 0) return { title, trail, period, generation, nodes: [nothing(t, period)] };
  const act = who.user.role === "auditor" ? acts(inPeriod, found) : null;
  const unfolded = groups.some((row) => row.group === asked.open) && await cells(inPeriod, found, given, act);
  return {
    title, trail, period, generation, focusOn: unfolded ? unfolded.heading : null,
    nodes: [
      patterns(), outcome(context),
      h("div", { class: "answer" }, h("div", {}, lead(t, found, groups, counts), h("p", { class: "hint" }, t("Claimed − recomputed, {currency_name}, at each claim's finest grain. What only stands in the wrong day or place is not in it."))),
        sums(t, rowsOf(found.sums))),
      filters(context, period, by, counts),
      groups.length === 0 ? without(context, period) : list(inPeriod, { groups, by, given, act, unfolded }),
      groups.length > 0 && pager(context, found),
      letters(context, period, counts),
      act && groups.length > 0 && act.form.node,
    ].filter(Boolean),
  };
}

// --- what is said above ---------------------------------------------------------------------------

function lead(t, found, groups, counts) {
  if (found.count > groups.length) return h("p", { class: "lead" }, t("The largest are shown first."));
  const count = (verdict) => groups.reduce((all, row) => all + row[verdict], 0);
  const said = [["explained", t.n("{count} has a cause that comes to it to the {currency_unit}", "{count} have a cause that comes to them to the {currency_unit}", { count: count("explained") })],
    ["ambiguous", t("{count} may have one of several", { count: grouped(count("ambiguous")) })],
    ["unexplained", t.n("{count} has none", "{count} have none", { count: count("unexplained") })]];
  const carriers = new Set(counts.map((row) => row.carrier)).size;
  return h("p", { class: "lead" }, t.n("{count} carrier claims {month} otherwise than it was recomputed.", "{count} carriers claim {month} otherwise than it was recomputed.", { count: carriers, month: month(found.period) }), " ",
    `${said.filter(([verdict]) => count(verdict) > 0).map(([, text]) => text).join("; ")}.`);
}

/** What is short and what is over: two errors, by nature, and no sum of them. */
function sums(t, rows) {
  const natures = Object.fromEntries(rows.map((row) => [row.nature, row]));
  const others = rows.filter((row) => !OF_MONEY.includes(row.nature));
  const side = (key, name) => ({ name, ...Object.fromEntries(OF_MONEY.map((nature) => [nature, natures[nature]?.[key] ?? 0])) });
  return h("div", {},
    table(t, {
      caption: t("Claimed too little and too much, by nature ({currency_name})"), hides: true, isNarrow: true,
      rows: [side("short", t("Claimed too little")), side("over", t("Claimed too much"))],
      columns: [{ key: "name", label: t("Side") }, ...OF_MONEY.map((key) => ({ key, label: natureName(t, key), kind: "signed" }))],
    }),
    others.length > 0 && h("p", { class: "hint" }, otherSums(t, others)));
}

/** Differences of what is no nature of relief: items of the statement, totals of the claim's own. */
function otherSums(t, rows) {
  const one = (row) => `${t.of("difference_of", row.nature)}: ${[row.short, row.over].filter((amount) => whole(amount) !== 0n).map(signed).join(", ") || 0}`;
  return rows.map(one).join("; ");
}

function nothing(t, period) {
  return h("section", {}, h("h2", {}, t("No claim of {month} differs", { month: month(period) })),
    h("p", {}, t("Either claims are what was recomputed, or none was filed and compared yet. File one, then compare:")),
    h("pre", { tabindex: "0" }, `doisoat claim file FILE\ndoisoat reconcile ${period}`));
}

function without(context, period) {
  const { t, lang, asked } = context;
  return h("p", {}, t("No variance is as asked for."), " ", h("a", { href: addressOf({ lang, view: "variances", asked: { period, by: asked.by } }) }, t("Show all")));
}

// --- what is chosen -------------------------------------------------------------------------------

function filters({ t, lang, asked, to, about, who }, period, by, counts) {
  const place = (more) => ({ ...asked, offset: null, open: null, cells: null, period, ...more });
  const link = (more, text, isCurrent) => h("a", { href: addressOf({ lang, view: "variances", asked: place(more) }), "aria-current": isCurrent ? "true" : null }, text);
  const named = { cause: t("Cause"), carrier: t("Carrier"), measure: t("Measure"), day: t("Day") };
  const control = (key, label, any) => choice([["", any], ...codesOf(key).map((code) => [code, t.of(key, code)])], asked[key] ?? "", {
    name: key, "aria-label": label, onchange: (event) => to("variances", "", place({ [key]: event.target.value })),
  });
  const byCarrier = new Map();
  for (const row of counts) byCarrier.set(row.carrier, (byCarrier.get(row.carrier) ?? 0) + Number(row.variances));
  const carriers = [...byCarrier].sort(([, one], [, other]) => other - one);
  const narrowed = ["measure", "day"].filter((key) => asked[key]);
  return h("form", { class: "narrow-by", "aria-label": t("Filter"), onsubmit: (event) => event.preventDefault() },
    h("div", { class: "switch", role: "group", "aria-label": t("Put together by") }, BYS.map((one) => link({ by: one === BYS[0] ? null : one }, named[one], one === by))),
    who.user.role !== "carrier" && h("p", { class: "ways", role: "group", "aria-label": t("Carrier") },
      carriers.map(([carrier, count]) => link({ carrier: asked.carrier === carrier ? null : carrier }, `${shortName(about, carrier)} ${grouped(count)}`, asked.carrier === carrier)),
      asked.carrier && link({ carrier: null }, t("All carriers"))),
    control("state", t("State"), t("Any state")), control("verdict", t("Verdict"), t("Any verdict")),
    narrowed.length > 0 && h("p", { class: "ways" }, narrowed.map((key) => link({ [key]: null }, t("Not only {what}", { what: key === "day" ? day(asked.day) : asked[key] })))));
}

// --- the list -------------------------------------------------------------------------------------

/** Boxes of groups and of their cells, kept as one with what is ticked. */
function acts(context, { generation, members, days_to_answer: days }) {
  const chosen = ticksOf(context, generation);
  const of = new Map();
  const boxes = [];
  for (const { group, ...member } of rowsOf(members)) of.set(group, [...(of.get(group) ?? []), member]);
  const form = moves(context, { generation, chosen, days });
  function mark() {
    for (const { box, ones } of boxes) {
      const count = ones.filter(({ variance }) => chosen.has(variance)).length;
      box.checked = count > 0 && count === ones.length;
      box.indeterminate = count > 0 && count < ones.length;
      box.closest("tr")?.classList.toggle("ticked", count > 0);
    }
  }
  function box(ones, label) {
    const made = h("input", { type: "checkbox", "aria-label": label, onchange: () => {
      for (const { variance, carrier, state } of ones) made.checked ? chosen.set(variance, { carrier, state }) : chosen.delete(variance);
      mark();
      form.refresh();
      context.say(context.t("{count} ticked", { count: grouped(chosen.size) }));
    } });
    boxes.push({ box: made, ones });
    return made;
  }
  return { form, box, mark, of };
}

function list(context, { groups, by, given, act, unfolded }) {
  const { t, asked } = context;
  const most = Object.fromEntries(OF_MONEY.map((nature) => [nature, groups.map((row) => sidesOf(row.sums[nature])).flat().reduce((all, one) => (one > all ? one : all), 0n)]));
  const heads = { cause: t("Cause"), carrier: t("Carrier"), measure: t("Measure"), day: t("Day") };
  const caption = t("The largest difference in one nature first, then what stands in the wrong place. Each nature a column with a scale of its own: they are not added up.");
  const made = table(t, {
    caption, rows: groups, files: { path: "variance-groups", asked: given, table: "groups" },
    below: (row) => (row.group === asked.open && unfolded ? unfolded.node : null),
    columns: [
      act && { label: h("span", { class: "unseen" }, t("Choose")), head: false, onScreen: true, cell: (row) => act.box(act.of.get(row.group), t("Choose {what}", { what: groupName(context, row, by) })) },
      { label: heads[by], head: true, wide: true, cell: (row) => named(context, row, by, given) },
      ...OF_MONEY.map((nature) => ({ label: natureName(t, nature), kind: "raw", head: false, cell: (row) => difference(t, nature, row.sums[nature], most[nature]) })),
      { key: "variances", label: t.in("column", "Variances"), kind: "whole", head: false },
      { label: t("Verdict and state"), head: false, cell: (row) => h("div", { class: "standings" }, ["verdict", "state"].map((kind) => standings(t, row, kind))) },
    ].filter(Boolean),
  });
  act?.mark();
  return made;
}

const sidesOf = (sums) => (sums ? [-whole(sums.short), whole(sums.over)] : [0n]);

/** What a row is, what the carrier would have done, where, and the ways to its cells. */
function named(context, row, by, given) {
  const { t, lang, asked } = context;
  const isOpen = asked.open === row.group;
  const causes = [...new Set([...(row.causes ?? "").matchAll(CODE)].map(([, cause]) => cause))];
  const supposed = by !== "cause" ? null : row.verdict === "explained" ? causes.map((cause) => t.of("supposes", cause)).join(" ") : t.of("verdict_sentence", row.verdict);
  const days = row.first_day && (row.first_day === row.last_day ? day(row.first_day) : `${day(row.first_day)}–${day(row.last_day)}`);
  const others = Object.values(row.sums).filter((sums) => !OF_MONEY.includes(sums.nature));
  const narrower = by !== "cause" && { by: null, [by]: row[by] };
  const link = (more, text, unfolds) => h("a", { href: addressOf({ lang, view: "variances", asked: { ...given, offset: asked.offset, ...more } }), "aria-expanded": unfolds }, text);
  return [
    h("strong", {}, groupName(context, row, by)), supposed && h("p", {}, supposed),
    others.length > 0 && h("p", {}, otherSums(t, others)),
    Object.keys(row.sums).length === 0 && h("p", {}, t("No amount differs, only counts or quantities.")),
    h("p", {}, [by !== "measure" && row.measures, by !== "day" && days].filter(Boolean).map((text) => `${text} · `),
      link({ by: asked.by, open: isOpen ? null : row.group }, isOpen ? t("Fold") : t.n("See {count} variance", "See {count} variances", { count: row.variances }), String(isOpen)),
      narrower && row[by] && [" · ", link(narrower, t("Its causes"))]),
  ];
}

/** One nature's short and over of a row, drawn from the middle; what is misplaced below. */
function difference(t, nature, sums, most) {
  if (!sums) return null;
  const amounts = [sums.short, sums.over].filter((amount) => whole(amount) !== 0n);
  return h("span", { class: "barred" }, (amounts.length ? amounts : [0]).map((amount) => h("span", {}, signedFigure(amount))),
    amounts.length > 0 && fromMiddle(nature, amounts, most),
    whole(sums.misplaced) > 0n && h("small", {}, t("{amount} in the wrong place", { amount: figureOf(sums.misplaced) })));
}

/** Is a variance of how many there are: its item counts, or nothing of it is an amount? */
const isCount = (row) => COUNTED.has(row.item) || (row.claimed_amount == null && row.recomputed_amount == null);

/** How many of a row stand how; of one sort its word alone. */
function standings(t, row, kind) {
  return codesOf(kind).filter((code) => row[code] > 0).map((code) =>
    standing(LOOKS[code], row[code] === row.variances ? t.of(kind, code) : `${grouped(row[code])} ${t.of(kind, code)}`));
}

/** The cells of the row that is unfolded, some at a time. */
async function cells(context, found, given, act) {
  const { t, lang, about, asked, signal } = context;
  const path = `variance-groups/${encodeURIComponent(asked.open)}`;
  const told = await get(path, { ...given, offset: offsetOf(asked, "cells"), limit: ROWS }, signal);
  const heading = h("h2", { tabindex: "-1" }, t.n("{count} variance", "{count} variances", { count: told.count }));
  const link = (row) => h("a", { href: addressOf({ lang, view: "variance", id: row.variance, asked: { period: found.period } }) }, cellOf(t, about, row));
  const said = (row, value) => (value == null ? null : (isCount(row) ? grouped : figureOf)(value));
  const made = table(t, {
    caption: t("Variances of this row, the largest first ({currency_name})"), hides: true, rows: rowsOf(told.variances),
    files: { path, asked: given, table: "variances" },
    columns: [
      act && { label: t("Choose"), head: false, onScreen: true, cell: (row) => act.box([row], t("Choose variance {variance}", { variance: cellOf(t, about, row) })) },
      found.by !== "cause" && found.by !== "carrier" && { label: t("Carrier"), head: false, cell: (row) => shortName(about, row.carrier) },
      { label: t("Where"), head: true, wide: true, cell: link },
      { key: "claimed_amount", label: t("Claimed"), kind: "raw", cell: (row) => said(row, row.claimed_amount), head: false },
      { key: "recomputed_amount", label: t("Recomputed"), kind: "raw", cell: (row) => said(row, row.recomputed_amount), head: false },
      { key: "difference", label: t("Difference"), kind: "raw", cell: (row) => (isCount(row) ? signed : signedFigure)(row.difference), head: false },
      { label: t("Verdict"), head: false, cell: (row) => standing(LOOKS[row.verdict], t.of("verdict", row.verdict)) },
      { label: t("State"), head: false, cell: (row) => stateOf(t, row) },
    ].filter(Boolean),
  });
  return { heading, node: h("section", { class: "cells-of" }, heading, made, pager(context, told, "cells")) };
}

function letters(context, period, counts) {
  const { t } = context;
  const carriers = [...new Set(counts.map((row) => row.carrier))];
  const stand = (carrier) => {
    const sums = {};
    for (const row of counts) if (row.carrier === carrier) sums[row.state] = (sums[row.state] ?? 0) + Number(row.variances);
    return sums;
  };
  const links = carriers.map((carrier) => letterOf(context, period, carrier, stand(carrier))).filter(Boolean);
  if (links.length === 0) return null;
  return h("section", {}, h("h2", {}, t("Letters to carriers")), h("p", {}, t("A PDF as doisoat variance letter makes it. Where nothing was asked yet it is a draft, about what is new.")), h("ul", { class: "ways-list" }, links.map((one) => h("li", {}, one))));
}
