// What the page says, by keys: a dictionary a language, of the same keys.

const HOLE = /\{(\d)\}/g;
const PARTS = ["", "announcements/", "causes/", "samples/"];

/** A function that says a key's words, with {0}, {1}, … filled in. */
export async function wordsOf(lang) {
  const found = await Promise.all(PARTS.map((part) => import(`./words/${part}${lang}.js`)));
  const words = Object.assign({}, ...found.map((one) => one.words));
  const t = (key, ...given) => {
    if (!(key in words)) throw new Error(`no words for ${key}`);
    return words[key].replace(HOLE, (_, place) => given[place]);
  };
  /** The words of a code of the data, or, if it is one that the page does not know, the code. */
  t.of = (kind, code) => words[`${kind}.${code}`] ?? code;
  t.knows = (key) => key in words;
  t.lang = lang;
  /** A name in the language, of a row that has both. */
  t.called = (row, vi = "title", en = `${vi}_en`) => (lang === "en" && row[en]) || row[vi];
  return t;
}
