// Tables of figures: captioned, scoped, right-aligned, with links to the same as a file.

import { fileOf, isAskable, questionOf } from "./api.js";
import { h } from "./dom.js";
import { day, exact, figureOf, grouped, moment, signed, signedFigure } from "./figures.js";
import { addressOf } from "./places.js";

const NONE = "–";
const COLUMNS_MAX = 3; // of rows that a narrow window has room for
const NOUGHT = new Set(["0", NONE, ""]);
const EVENT = "event_id";
const TELL = { whole: grouped, amount: figureOf, signed, signed_amount: signedFigure, day, moment, text: (value) => value };
const RIGHT = new Set(["whole", "amount", "signed", "signed_amount", "raw"]);
const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/;

/** Is a type of DuckDB one of numbers? */
export const isNumber = (type) => NUMBERS.test(type);

function told(column, row) {
  if (column.cell) return column.cell(row) ?? NONE;
  if (!(column.key in row)) return ""; // of a row of sums: what cannot be added up
  const value = row[column.key];
  return value == null || value === "" ? NONE : TELL[column.kind ?? "text"](value);
}

function cell(tag, column, content, attributes = {}) {
  const isHead = attributes.scope === "col";
  const kinds = [RIGHT.has(column.kind) && "right", column.code && !isHead && "code", column.wide && "wide", column.onScreen && "on-screen"];
  const kind = kinds.filter(Boolean).join(" ");
  const made = h(tag, { class: kind || null, ...attributes, ...(isHead ? {} : { "data-label": nameOf(column) }) }, content);
  if (!isHead && NOUGHT.has(made.textContent) && !made.querySelector("input")) made.classList.add("nought");
  return made;
}

/** A column's head as text, which a narrow window has beside each cell. */
function nameOf({ label }) {
  return label instanceof Node ? label.textContent : label;
}

/** A table in a box of its own that scrolls sideways and can be reached by keyboard.
 *
 * In a narrow window each row of many columns is a block: its name, then label over figure in two columns, without what is 0.
 *
 * columns: {key, label, kind, cell(row), code, wide, onScreen, head}; kind is one of TELL; head: names its row; onScreen: not on paper.
 * isGrid: it scrolls inside a window of its own, head and first column stay; isNarrow: no wider than it needs; hides: its caption is for screen readers alone.
 * isRaw: its rows stay rows in a narrow window, whatever their width. below(row): what is unfolded below a row, if anything.
 * none: what stands where there are no rows: what would fill it, and how.
 * total: a row of sums, if any. files: {path, asked, table, some} to be had as CSV and XLSX; some: these rows alone.
 */
export function table(t, { caption, columns, rows, none = t("No rows"), total, files, below, isNarrow = false, hides = false, isGrid = false, isRaw = isGrid }) {
  const heads = columns.map((column) => cell("th", column, column.label, { scope: "col" }));
  const more = (row) => {
    const content = below?.(row);
    return content && h("tr", { class: "below" }, h("td", { colspan: columns.length }, content));
  };
  const line = (row) =>
    h("tr", {}, columns.map((column, place) => {
      const names = column.head ?? place === 0;
      return cell(names ? "th" : "td", column, told(column, row), names ? { scope: "row" } : {});
    }));
  const body = rows.length
    ? rows.map((row) => [line(row), more(row)])
    : [h("tr", {}, h("td", { colspan: columns.length, class: "none" }, none))];
  const made = h(
    "table", { class: isRaw ? "raw" : columns.length > COLUMNS_MAX ? "stack" : null },
    h("caption", { class: hides ? "unseen" : null }, caption),
    h("thead", {}, h("tr", {}, heads)),
    h("tbody", {}, body),
    total && h("tfoot", {}, line(total)),
  );
  const box = h("div", { class: isGrid ? "scroll grid" : "scroll", role: "group", "aria-label": caption, tabindex: "0" }, made);
  return h("div", { class: isNarrow ? "table narrow" : "table" }, box, files && fileLinks(t, caption, (form) =>
    fileOf(files.path, files.asked, files.table, form), files.some, sqlOf(t, files)));
}

/** Where the query of a table can be run; null if it is none. */
function sqlOf({ lang }, { path, asked, table }) {
  return isAskable(path, table) ? addressOf({ lang, view: "console", asked: { of: questionOf(path, asked), table } }) : null;
}

/** Links to a table as files. addressOf: of a form; some: they hold the rows that are shown and no more; sql: where its query can be run, if anywhere. */
export function fileLinks(t, caption, addressOf, some = false, sql = null) {
  const link = (form) =>
    h("a", { href: addressOf(form), download: true, "aria-label": `${form.toUpperCase()}: ${caption}` },
      form.toUpperCase());
  return h("p", { class: "files" }, `${some ? t("These rows as a file:") : t("As a file:")} `, link("csv"), " ", link("xlsx"), sql && [" ", h("a", { href: sql, "aria-label": `SQL: ${caption}` }, "SQL")]);
}

/** A table of an answer as it came, whatever it holds: figures exact, null as ∅. isGrouped: digits are grouped; isGrid: as of table.
 *
 * An event leads to what is known of it, where the reader may see events.
 */
export function rawTable({ t, lang, who }, caption, { columns, types, rows }, { isGrouped = true, isGrid = false } = {}) {
  const leads = (place) => who.may.lines && columns[place] === EVENT && types[place] === "UUID";
  const eventOf = (id) => h("a", { href: addressOf({ lang, view: "event", id }) }, id);
  const shown = columns.map((label, place) => {
    const counts = isNumber(types[place]);
    return {
      label, code: true, head: isGrid && place === 0, kind: counts ? "raw" : "text",
      cell: (row) => (leads(place) && row[place] != null ? eventOf(row[place]) : textOf(row[place], counts && isGrouped)),
    };
  });
  return table(t, { caption, columns: shown, rows, isGrid, isRaw: true, hides: isGrid });
}

function textOf(value, isGrouped) {
  if (value == null) return "∅";
  if (typeof value === "object") return JSON.stringify(value);
  return isGrouped ? exact(value) : String(value);
}
