export { EditorState, StateEffect, StateField } from "@codemirror/state";
export { Decoration, EditorView, keymap } from "@codemirror/view";
export { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
export { PostgreSQL, sql } from "@codemirror/lang-sql";
export { autocompletion, closeCompletion } from "@codemirror/autocomplete";
export { history, historyKeymap, standardKeymap } from "@codemirror/commands";
export { tags } from "@lezer/highlight";
