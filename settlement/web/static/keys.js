// Keys of the page: what each does, the list of them, and the switch that turns all of them off.

import { freshId, h, pairs } from "./dom.js";
import { isInMenu } from "./menu.js";
import { addressOf } from "./places.js";
import { toSearchBox } from "./search_box.js";

const TYPED = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const ROWS = "main tbody > tr:not(.below, :has(> .none)), main .to-do > li, main .hits li";
const LEADS = { o: "overview", v: "variances", s: "suspense", r: "refunds", l: "log", c: "console" };
const SECOND_KEY_MS = 1500;
const OFF = "doisoat.keys_off";

let context = null; // of the view that is shown
let ledAt = -Infinity; // when g was pressed
let folded = null; // the place of a row that is being folded: the view that comes has it in focus

const isOn = () => localStorage.getItem(OFF) === null;

/** Say of which view the keys are; call it once the view stands. */
export function keysOf(shown) {
  context = shown;
  if (folded !== null) toRow(rows()[folded]);
  folded = null;
}

// --- rows -----------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility());
const rowHere = () => document.activeElement.closest(ROWS);

function toRow(row) {
  if (!row) return;
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

const nextRow = () => {
  const here = rowHere() ?? document.activeElement;
  toRow(rows().find((row) => here.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING));
};

const rowBefore = () => {
  const here = rowHere() ?? document.activeElement;
  toRow(rows().findLast((row) => here.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING));
};

/** Unfold the row, or fold it; from what is unfolded below a row, that row. */
function unfold() {
  const row = document.activeElement.closest("tr.below")?.previousElementSibling ?? rowHere();
  const door = row?.querySelector("[aria-expanded], summary");
  if (door?.ariaExpanded === "true") folded = rows().indexOf(row);
  door?.click();
}

// --- keys -----------------------------------------------------------------------------------------

function toMonth(step) {
  const control = document.getElementById("period");
  const month = control?.options[control.selectedIndex + step];
  if (!month) return;
  control.value = month.value;
  control.dispatchEvent(new Event("change"));
}

const click = (selector) => document.querySelector(selector)?.click();

const ACTS = {
  "/": toSearchBox, "?": showKeys, j: nextRow, k: rowBefore, e: unfold,
  x: () => rowHere()?.querySelector(":scope > td > input[type=checkbox]")?.click(),
  a: () => document.querySelector("form.act :is(select, input, button):enabled:not([hidden] *)")?.focus(),
  g: () => { ledAt = performance.now(); },
  "[": () => toMonth(-1), "]": () => toMonth(1),
  p: () => click("main a[rel=prev]"), n: () => click("main a[rel=next]"),
};

function actOf(key) {
  const isSecond = performance.now() - ledAt < SECOND_KEY_MS;
  ledAt = -Infinity;
  const view = isSecond && LEADS[key];
  if (view) return isInMenu(context, view) && (() => { location.hash = addressOf({ lang: context.lang, view, asked: { period: context.period ?? context.asked.period } }); });
  if (key === "Enter") return document.activeElement.matches(ROWS) && (() => rowHere().querySelector("a[href]")?.click());
  return Object.hasOwn(ACTS, key) && ACTS[key];
}

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, isComposing } = event;
  if (key === "Shift") return; // one of those that make a ?
  const [inner] = event.composedPath(); // the editor lies in a tree of its own
  if (!context?.who || !isOn() || ctrlKey || metaKey || altKey || isComposing || event.defaultPrevented) return;
  if (inner.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
  const act = actOf(key);
  if (!act) return;
  event.preventDefault();
  act();
});

// --- the list of them -----------------------------------------------------------------------------

/** Show what each key does, and the switch. Esc closes it. */
export function showKeys() {
  const { t } = context;
  const [head, label] = [freshId("keys"), freshId("keys-on")];
  const keys = (...names) => names.map((name) => h("kbd", {}, name));
  const leads = [["o", t("Overview")], ["v", t("Variances")], ["s", t.in("navigation", "Suspense")], ["r", t("Refunds")], ["l", t("Log")], ["c", t("SQL")]];
  const listed = pairs([
    [keys("/"), t("Search")],
    [keys("j", "k"), t("Next row, previous row")],
    [keys("x"), t("Tick the row, or untick it")],
    [keys("e"), t("Unfold the row, or fold it")],
    [keys("Enter"), t("Open what the row leads to")],
    [keys("a"), t("Go to the bar that moves on what is ticked")],
    [keys("p", "n"), t("Previous and next variance of the same cause")],
    [keys("[", "]"), t("The month before, the month after")],
    ...leads.filter(([key]) => isInMenu(context, LEADS[key])).map(([key, name]) => [keys("g", key), name]),
    [keys("?"), t("This list")],
  ]);
  const turn = ({ target }) => (target.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"));
  const dialog = h("dialog", { class: "keys", "aria-labelledby": head, onclose: () => dialog.remove() },
    h("h2", { id: head, tabindex: "-1", autofocus: true }, t("Keys")), h("p", { class: "hint" }, t("They do nothing while you type.")), listed,
    h("p", { class: "tick" }, h("input", { type: "checkbox", id: label, checked: isOn(), onchange: turn }), h("label", { for: label }, t("Use these keys"))),
    h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, t("Close"))));
  document.body.append(dialog);
  dialog.showModal();
}
