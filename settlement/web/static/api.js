// What the server answers, and what it refuses. The session is a cookie that no script sees.

import { LANGUAGES } from "./words.js";

/** A refusal of the server, by name, with what to say of it. */
export class Refused extends Error {
  constructor(told, status = null) {
    super(sentence(told.what));
    this.status = status;
    this.name = told.name;
    this.mend = sentence(told.mend);
    this.place = told.place; // of a query: where its fault begins, and how long it is
  }
}

/** What is said in a sentence of its own. */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const HERE = "doisoat.logged_in";
let csrf = "";
let language = LANGUAGES[0];

export function speak(lang) {
  language = lang;
}

/** The address of what the server answers, in the page's language. */
export function pathOf(path, asked) {
  return `/api/${questionOf(path, { ...asked, lang: language })}`;
}

/** What a view is asked, as one text: its path and what narrows it. */
export function questionOf(path, asked) {
  const told = Object.entries(asked).filter(([, value]) => value != null && value !== "");
  return told.length ? `${path}?${new URLSearchParams(told)}` : path;
}

async function answered(response) {
  const content = await response.json();
  if (!response.ok) throw new Refused(content.error, response.status);
  return content;
}

const ofQuery = new Set(); // tables of views that are one query each: "path table"
let mayQuery = false;

export async function get(path, asked = {}, signal = undefined) {
  const found = await answered(await fetch(pathOf(path, asked), { signal }));
  for (const name of found.of_query ?? []) ofQuery.add(`${path} ${name}`);
  return found;
}

/** Can the query of a table of a view be run in the console? Known once the view was shown. */
export function isAskable(path, table) {
  return mayQuery && ofQuery.has(`${path} ${table}`);
}

export async function send(method, path, content) {
  const told = { method, headers: { "X-CSRF-Token": csrf } };
  if (content !== undefined) {
    told.headers["Content-Type"] = "application/json";
    told.body = JSON.stringify(content);
  }
  return answered(await fetch(pathOf(path, {}), told));
}

/** Where a table of a view is to be had as a file. */
export function fileOf(path, asked, table, form) {
  return pathOf(path, { ...asked, table, as: form });
}

/** Who is logged in; null if nobody is. It asks only where somebody was. */
export async function me() {
  if (localStorage.getItem(HERE) === null) return null;
  try {
    return remembered(await get("me"));
  } catch (refusal) {
    if (refusal.status !== 401) throw refusal;
    localStorage.removeItem(HERE);
    return null;
  }
}

export async function logIn(user, password) {
  return remembered(await send("POST", "login", { user, password, cookie: true }));
}

export async function logOut() {
  await send("POST", "logout", {});
  csrf = "";
  localStorage.removeItem(HERE);
}

function remembered(found) {
  csrf = found.csrf ?? "";
  mayQuery = found.may.console;
  localStorage.setItem(HERE, "yes");
  return found;
}

/** The rows of a table of an answer, as objects by the names of its columns. */
export function rowsOf({ columns, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]])));
}
