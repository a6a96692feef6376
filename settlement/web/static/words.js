// What the page says: words.json has the texts of these sources in each language, names of codes, and
// rules that the page shows. A text stands in the sources in English, which is its key.

import { grouped, writeAmountsIn } from "./figures.js";

const CONTEXT = "\u0004";
const FIELD = /\{(\w+)\}/g;
const { languages, rules, currency, zone, state } = await (await fetch("/static/words.json")).json();

writeAmountsIn(currency);

export { rules, zone };

/** Codes of the languages that the page speaks, the first one first. */
export const LANGUAGES = Object.keys(languages);

/** What a language calls itself. */
export const nameOf = (lang) => languages[lang].name;

/** All codes of a kind, in their order. */
export const codesOf = (kind) => Object.keys(languages[LANGUAGES[0]].codes[kind]);

/** A function that says a text in a language, with its {fields} filled in. */
export function wordsOf(lang) {
  const { messages, codes, forms } = languages[lang];
  const known = (key, text) => {
    if (!(key in messages)) throw new Error(`no words for ${text}`);
    return messages[key];
  };
  // What every text may name, and no caller gives.
  const everywhere = { currency_sign: currency.sign, ...(state[lang] ?? state.en) };
  const filled = (words, given) => words.replace(FIELD, (_, name) => given[name] ?? everywhere[name]);
  const say = (key, text, given) => filled(known(key, text), given);
  const t = (text, given = {}) => say(text, text, given);
  /** A text that the language has several words for. */
  t.in = (context, text, given = {}) => say(context + CONTEXT + text, text, given);
  /** A text that differs by how many there are: {count}, a whole number, which it groups. */
  t.n = (one, many, given) => {
    const count = BigInt(given.count);
    const like = count < forms.length ? count : 100n + (count % 100n); // no language looks at more of it
    return filled(known(one, one)[forms[like]], { ...given, count: grouped(count) });
  };
  /** The words of a code of the data, or, if it is one that the page does not know, the code. */
  t.of = (kind, code) => codes[kind][code] ?? code;
  /** The words of a code of the page's own, with its {fields} filled in. */
  t.code = (kind, code, given = {}) => {
    if (!t.knows(kind, code)) throw new Error(`no words for ${kind} ${code}`);
    return filled(codes[kind][code], given);
  };
  t.knows = (kind, code) => code in codes[kind];
  t.lang = lang;
  /** A name in the language, of a row that has it in Vietnamese and English. */
  t.called = (row, vi = "title", en = `${vi}_en`) => (lang !== "vi" && row[en]) || row[vi];
  return t;
}
