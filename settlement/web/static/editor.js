// The editor of SQL: colours, completion of names, keys of the console, and the place of a fault.

import {
  Decoration, EditorState, EditorView, HighlightStyle, PostgreSQL, StateEffect, StateField, autocompletion, bracketMatching,
  closeCompletion, history, historyKeymap, keymap, sql, standardKeymap, syntaxHighlighting, tags,
} from "./vendor/codemirror/codemirror.js";
import { h } from "./dom.js";

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", color: "var(--ink)" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace', lineHeight: "1.45", overflow: "auto" },
  ".cm-fault": { textDecoration: "underline wavy var(--wrong)", textDecorationSkipInk: "none", backgroundColor: "var(--wrong-soft)" },
  ".cm-tooltip": { border: "1px solid var(--control)", backgroundColor: "var(--ground)", color: "var(--ink)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "14rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", minHeight: "24px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "#fff" },
  ".cm-completionDetail": { fontStyle: "normal", fontSize: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
});
const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--in-kind)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--forbearance)" },
]);
// A browser that itself types over a coloured selection keeps the colour as an inline style, which the page's policy refuses.
const TYPED_OVER = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.isComposing || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});
const FAULT = StateEffect.define();
const MARK = Decoration.mark({ class: "cm-fault" });
const FAULTS = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    const told = change.effects.find((effect) => effect.is(FAULT));
    if (told) return Decoration.set([MARK.range(told.value.from, told.value.to)]);
    return change.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An editor. tables, functions: what it completes; keys: functions by key, each true where it did something. */
export function editor({ t, label, text, tables, functions, keys }) {
  const host = h("div", { class: "editor" });
  const root = host.attachShadow({ mode: "open" });
  const dialect = sql({ dialect: PostgreSQL, schema: schemaOf(tables), upperCaseKeywords: true });
  // A key of the console is for what is written: the list of completions goes first. Esc closes that list alone, then it is the console's.
  const acts = Object.entries(keys).map(([key, act]) => (key === "Escape" ? { key, run: act } : { key, run: (view) => (closeCompletion(view), act()), preventDefault: true }));
  const view = new EditorView({
    root, parent: root, doc: text,
    extensions: [
      history(), FAULTS, LOOK, TYPED_OVER, bracketMatching(), syntaxHighlighting(COLOURS), EditorView.lineWrapping,
      keymap.of([...acts, ...historyKeymap, ...standardKeymap]),
      dialect, dialect.language.data.of({ autocomplete: namesFrom(tables, functions) }), autocompletion({ icons: false }),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", autocapitalize: "none", spellcheck: "false" }),
      EditorState.phrases.of({ Completions: t("Completions") }),
    ],
  });
  const replace = (from, to, insert) => view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true });
  return {
    host,
    get text() { return view.state.doc.toString(); },
    focus: () => view.focus(),
    /** Another text in its place, which undo takes back. */
    put: (other) => replace(0, view.state.doc.length, other),
    /** A name where the caret stands. */
    insert: (name) => replace(view.state.selection.main.from, view.state.selection.main.to, name),
    /** Underline a fault, and tell the line and column at which it begins. place: [begin, length] in characters. */
    markFault([begin, length]) {
      const letters = [...view.state.doc.toString()];
      const unit = (count) => letters.slice(0, count).join("").length;
      const from = unit(begin);
      if (length > 0) view.dispatch({ effects: FAULT.of({ from, to: unit(begin + length) }), selection: { anchor: from }, scrollIntoView: true });
      const line = view.state.doc.lineAt(from);
      return { line: line.number, column: from - line.from + 1 };
    },
    leave: () => view.destroy(),
  };
}

/** The columns of each table of each schema, as the dialect completes them after a dot. */
function schemaOf(tables) {
  const schemas = {};
  for (const { schema, table, columns } of tables) {
    (schemas[schema] ??= {})[table] = columns.map(({ name, type }) => ({ label: name, detail: type, type: "property" }));
  }
  return schemas;
}

/** What completes a word: whole names of tables, functions, and columns of the tables that the text names; after a dot, macros of a schema. */
function namesFrom(tables, functions) {
  const whole = tables.map(({ schema, table }) => ({ label: `${schema}.${table}`, type: "type", boost: 1 }));
  const calls = functions.map((name) => ({ label: name, apply: `${name}(`, detail: "()", type: "function" }));
  return (context) => {
    const word = context.matchBefore(/[\w.]*/);
    if (word.from === word.to && !context.explicit) return null;
    if (word.text.includes(".")) return { from: word.from, options: calls.filter(({ label }) => label.startsWith(word.text)) };
    const text = context.state.doc.toString();
    const columns = new Map();
    for (const table of tables) {
      if (!text.includes(`${table.schema}.${table.table}`)) continue;
      for (const { name, type } of table.columns) columns.set(name, { label: name, detail: type, type: "property", boost: 2 });
    }
    return { from: word.from, options: [...columns.values(), ...whole, ...calls], validFor: /^\w*$/ };
  };
}
