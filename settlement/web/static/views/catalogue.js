// What things cost and which measures hold at a moment, and one item whole: values, sources, versions, readings.

import { get, rowsOf } from "../api.js";
import { field, h, svg } from "../dom.js";
import { day, exact } from "../figures.js";
import { standing } from "../icons.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";

const SORTS = ["plan", "pack", "measure", "rate"];
const WIDE = 328;
const ADDRESS = /https?:\/\/[^\s;,()]*[^\s;,().:]/; // what is written without a scheme is a name
const MARKS = { stated: "good", derived: "half", assumed: "warn" };

export async function catalogue(context) {
  return context.id ? item(context) : list(context);
}

async function list(context) {
  const { t, asked, signal } = context;
  const given = { period: asked.period, at: asked.at, q: asked.q };
  const found = await get("catalogue", given, signal);
  const rows = rowsOf(found.items);
  const then = atOf(found.at);
  return {
    title: t("Catalogue on {moment}", { moment: then }), period: found.period, generation: found.generation,
    nodes: [
      h("p", { class: "lead" }, rows.length ? t.n("{count} plan, pack, measure or interconnection price holds on {moment}.", "{count} plans, packs, measures and interconnection prices hold on {moment}.", { count: rows.length, moment: then }) : t("Nothing holds on {moment} that fits the search.", { moment: then })),
      form(context, found),
      found.not_then > 0 && h("p", {}, t.n("{count} more fits and holds at another time.", "{count} more fit and hold at another time.", { count: found.not_then })),
      rows.length === 0 && asked.q && h("p", {}, h("a", { href: addressOf({ ...context, asked: { ...asked, q: null } }) }, t("Drop the search"))),
      rows.length === 0 && !asked.q && h("p", {}, t("The catalogue is the one that the month was settled by: doisoat settle --catalogue, doisoat catalogue show.")),
      ...SORTS.map((sort) => [sort, rows.filter((row) => row.sort === sort)]).filter(([, listed]) => listed.length).map(([sort, listed]) =>
        h("section", {}, h("h2", {}, t.of("tariff", sort)), listOf(context, found, sort, listed, given))),
    ].filter(Boolean),
  };
}

/** A moment and a search, kept in the address. */
function form({ t, view, id, asked, to }, found) {
  const at = h("input", { type: "datetime-local", name: "at", value: found.at });
  const search = !id && h("input", { type: "search", name: "q", value: asked.q ?? "", maxlength: "64" });
  return h("form", { class: "filters", "aria-label": t("Filter"), onsubmit: (event) => {
    event.preventDefault();
    to(view, id, { ...asked, at: at.value || null, q: search ? search.value : asked.q });
  } }, field(t("At ({zone_name} time)"), at), search && field(t("Find by name, code or carrier"), search), h("div", { class: "field" }, h("button", {}, t("Show"))));
}

function listOf(context, found, sort, rows, given) {
  const { t, lang, about } = context;
  const hasPrice = rows.some((row) => row.price != null);
  return table(t, {
    caption: t("{what} on {moment}", { what: t.of("tariff", sort), moment: atOf(found.at) }), rows,
    files: { path: "catalogue", asked: given, table: "items" },
    columns: [
      { label: t("Name"), wide: true, cell: (row) => h("a", { href: addressOf({ ...context, id: `${sort}/${row.id}`, asked: { period: context.asked.period, at: context.asked.at } }) }, t.called(row, "name"), row.name !== row.id && h("small", {}, ` ${row.id}`)) },
      { label: t("Carrier"), cell: (row) => carriersOf(t, about, row.carriers) },
      hasPrice && { label: priceOf(t, sort), kind: "raw", cell: priceCell },
      { label: t("Valid from"), cell: (row) => dateOf(row.valid_from) },
      { label: t("Valid before"), cell: (row) => (row.valid_until ? dateOf(row.valid_until) : t.in("of an end", "not known")) },
      { key: "versions", label: t.in("count", "Entries"), kind: "whole" },
      { label: t("Mark"), cell: (row) => markOf(t, row) },
      { label: t("Source"), wide: true, cell: (row) => sourceOf(lang, row) },
    ].filter(Boolean),
  });
}

async function item(context) {
  const { t, lang, id, asked, about, signal } = context;
  const [sort, ...rest] = id.split("/");
  const name = rest.join("/");
  const given = { period: asked.period, at: asked.at };
  const path = `catalogue/${encodeURIComponent(sort)}/${encodeURIComponent(name)}`;
  const found = await get(path, given, signal);
  const versions = rowsOf(found.versions);
  const values = rowsOf(found.values).filter((row) => row.holds);
  const measures = rowsOf(found.measures);
  const readings = rowsOf(found.readings);
  const files = (which) => ({ path, asked: given, table: which });
  const then = atOf(found.at);
  const holding = versions.filter((row) => row.holds);
  return {
    title: t.called(found, "name"), period: found.period, generation: found.generation,
    trail: [[t("Catalogue"), { view: "catalogue", asked: given }], [name]],
    nodes: [
      h("p", { class: "lead" }, holding.length ? standing("good", t("It holds on {moment}.", { moment: then })) : standing("warn", t("It does not hold on {moment}.", { moment: then })), ` ${carriersOf(t, about, found.carriers)}`),
      form(context, found),
      h("section", {}, h("h2", {}, t.in("of the catalogue", "Entries")), line(t, versions, found.at), table(t, {
        caption: t("Entries, with what each changed on the one before"), rows: versions, files: files("versions"),
        columns: [
          { key: "item", label: t.in("of the catalogue", "Entry"), code: true, wide: true },
          versions.some((row) => row.price != null) && { label: priceOf(t, sort), kind: "raw", cell: priceCell },
          { label: t("Valid from"), cell: (row) => dateOf(row.valid_from) },
          { label: t("Valid before"), cell: (row) => (row.valid_until ? dateOf(row.valid_until) : t.in("of an end", "not known")) },
          { label: t("Holds then"), cell: (row) => holdsOf(t, row) },
          { label: t("What it changed"), wide: true, cell: (row) => changesOf(row, lang) },
        ].filter(Boolean),
      })),
      ...holding.map((version) => h("section", {}, h("h2", {}, holding.length > 1 ? version.item : t("What holds then")), table(t, {
        caption: t("{what}, on {moment}", { what: version.item, moment: then }), rows: values.filter((row) => row.item === version.item),
        files: version === holding[0] ? files("values") : null,
        columns: [
          { label: t("What"), wide: true, cell: (row) => (lang === "vi" ? row.value_vi : row.value) },
          { label: t.in("column", "Value"), wide: true, cell: (row) => valueOf(lang === "vi" ? row.text_vi : row.text) },
          { label: t("Mark"), cell: (row) => markOf(t, row) },
          { label: t("Source"), wide: true, cell: (row) => sourceOf(lang, row) },
        ],
      }))),
      measures.length > 0 && h("section", {}, h("h2", {}, t("Measures that name it")), table(t, {
        caption: t("Measures that name it, and what they do"), rows: measures, files: files("measures"),
        columns: [
          { label: t("Name"), wide: true, cell: (row) => h("a", { href: addressOf({ lang, view: "catalogue", id: `measure/${row.id}`, asked: given }) }, t.called(row, "name"), h("small", {}, ` ${row.id}`)) },
          measures.some((row) => row.price != null) && { label: t("New price ({currency_name})"), kind: "raw", cell: priceCell },
          { label: t("What it does"), wide: true, cell: (row) => (lang === "vi" ? row.effect_vi : row.effect) },
          { label: t("Valid from"), cell: (row) => dateOf(row.valid_from) },
          { label: t("Valid before"), cell: (row) => dateOf(row.valid_until) },
          { label: t("Holds then"), cell: (row) => holdsOf(t, row) },
        ].filter(Boolean),
      })),
      sort === "measure" && h("section", {}, h("h2", {}, t("How it is read")), readings.length === 0 ? h("p", {}, t("No reading bears on this measure: what was announced leaves nothing open.")) : table(t, {
        caption: t("Readings that bear on it, with the answer in force"), rows: readings, files: files("readings"),
        columns: [
          { label: t("Question"), wide: true, cell: (row) => question(t, about, row.reading) },
          { label: t("Answer in force"), wide: true, cell: (row) => answer(t, about, row) },
        ],
      }), context.who.may.jobs && h("p", {}, h("a", { href: addressOf({ lang, view: "sensitivity", asked: { period: asked.period } }) }, t("What another reading would move")))),
    ].filter(Boolean),
  };
}

/** Versions as bars on a line of time, with the moment that is asked for. */
function line(t, versions, at) {
  const time = (text) => Date.parse(`${text.length > 10 ? text : `${text}T00:00`}:00Z`);
  const moments = [at, ...versions.flatMap((row) => [row.valid_from, row.valid_until])].filter(Boolean).map(time);
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  if (!(last > first)) return null;
  const margin = (last - first) / 20;
  const x = (moment) => ((WIDE * (moment - first + margin)) / (last - first + 2 * margin)).toFixed(1);
  const bars = versions.map((row, place) => {
    const [from, until] = [row.valid_from ? x(time(row.valid_from)) : 0, row.valid_until ? x(time(row.valid_until)) : WIDE];
    return svg("rect", { x: from, y: 4 + 10 * place, width: Math.max(2, until - from), height: 8, class: row.holds ? "now" : "other" });
  });
  const height = 8 + 10 * versions.length;
  const said = t.n("{count} version on a line of time; the upright mark is {moment}", "{count} versions on a line of time; the upright mark is {moment}", { count: versions.length, moment: atOf(at) });
  return svg("svg", { class: "spans", viewBox: `0 0 ${WIDE} ${height}`, preserveAspectRatio: "none", width: WIDE, height, role: "img", "aria-label": said }, ...bars, svg("path", { d: `M${x(time(at))} 0V${height}`, class: "limit" }));
}

function changesOf(row, lang) {
  const lines = ((lang === "vi" ? row.changed_vi : row.changed) ?? "").split("\n").filter(Boolean);
  return lines.length ? h("ul", {}, lines.map((text) => h("li", {}, text))) : null;
}

/** The source that a value rests on, its address as a link. */
function sourceOf(lang, row) {
  const source = (lang === "vi" ? row.source_vi : row.source) ?? "";
  const [address] = ADDRESS.exec(source) ?? [];
  const [before, after] = address ? [source.slice(0, source.indexOf(address)), source.slice(source.indexOf(address) + address.length)] : [source, ""];
  const link = address && h("a", { href: address, rel: "noreferrer" }, address);
  return source ? h("span", { class: "cited" }, before, link, after) : null;
}

/** Retail prices have VAT in them, and what carriers pay each other has not. */
const priceOf = (t, sort) => (sort === "rate" ? t("Price excl. {tax_name} ({currency_name})") : t("Price incl. {tax_name} ({currency_name})"));
const priceCell = (row) => (row.price == null ? null : [exact(row.price), row.per && `/${row.per}`].filter(Boolean).join(" "));
const markOf = (t, row) => row.mark && standing(MARKS[row.mark], t.of("mark", row.mark));
const holdsOf = (t, row) => (row.holds ? standing("good", t("yes")) : standing("plain", t("no")));
const valueOf = (text) => (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/.test(text) ? dateOf(text) : text);
const dateOf = (text) => (text == null ? null : `${day(text)}${text.length > 10 ? ` ${text.slice(11, 16)}` : ""}`);
const atOf = (text) => dateOf(text);
const carriersOf = (t, about, codes) => (codes ? codes.split(",").map((code) => shortName(about, code)).join(", ") : t("any carrier"));
const question = (t, { readings }, code) => (readings[code] ? h("span", { title: code }, t.called(readings[code], "question")) : h("code", {}, code));

function answer(t, { readings }, { reading, chosen }) {
  const means = readings[reading]?.alternatives[chosen];
  return means ? t.called(means, "means") : chosen;
}
