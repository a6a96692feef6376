// Places of the page as addresses: #/vi/carrier/viettel?period=2021-08. Each can be kept and sent.

import { LANGUAGES } from "./words.js";

const LANGUAGE = "doisoat.language";

/** What an address asks for: {lang, view, id, asked}. */
export function placeOf(hash) {
  const [path, question = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first, ...rest] = path.split("/").map(decodeURIComponent);
  const lang = LANGUAGES.includes(first) ? first : (localStorage.getItem(LANGUAGE) ?? LANGUAGES[0]);
  if (LANGUAGES.includes(first)) localStorage.setItem(LANGUAGE, first);
  const [view = "overview", ...id] = rest;
  return { lang, view, id: id.join("/"), asked: Object.fromEntries(new URLSearchParams(question)) };
}

/** The address of a place; what is asked for with nothing is left out. */
export function addressOf({ lang, view, id = "", asked = {} }) {
  const path = [lang, view, ...(id ? id.split("/") : [])].map(encodeURIComponent).join("/");
  const told = Object.entries(asked).filter(([, value]) => value != null && value !== "");
  return `#/${path}${told.length ? `?${new URLSearchParams(told)}` : ""}`;
}
