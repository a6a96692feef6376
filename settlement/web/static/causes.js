// Causes of a variance, as settlement.variance tells them on a line, and what their details mean.

import { day, month } from "./figures.js";
import { quantity } from "./quantities.js";

const PART = /([a-z_]+)\[([^\]]*)\] (-?\d+)/g;
const NAMED = /^([^:=]*)[:=](.*)$/;
const DIGEST = /^[0-9a-f]{32,}$/;
const DIGEST_TOLD = 12;

/** Explanations, each a list of causes: {cause, detail, amount}; amounts as text. */
export function explanationsOf(text) {
  return text.split(" | ").filter(Boolean).map((one) =>
    [...one.matchAll(PART)].map(([, cause, detail, amount]) => ({ cause, detail, amount })));
}

/** What a detail says, in words; a detail that the page has no words for as it is.
 *
 * files: names of files by SHA-256, as far as they are known; provinces: rows of provinces by code.
 */
export function detailOf(t, { cause, detail }, files = {}, provinces = {}) {
  if (t.knows("detail", `${cause}.${detail}`)) return t.code("detail", `${cause}.${detail}`);
  const [, name, value] = detail.match(NAMED) ?? [];
  const key = `${cause}.${name}`;
  return t.knows("detail_of", key) ? t.code("detail_of", key).replace("{}", () => files[value] ?? (name === "clock" ? duration(t, value) : said(t, value, provinces))) : detail;
}

function duration(t, value) {
  return quantity(t, "voice", value).textContent;
}

function said(t, value, provinces) {
  if (value in provinces) return t.called(provinces[value], "name");
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return day(value);
  if (/^\d{4}-\d{2}$/.test(value)) return month(value);
  if (DIGEST.test(value)) return `${value.slice(0, DIGEST_TOLD)}…`;
  if (value.includes("..")) return value.split("..").map((row) => said(t, row, provinces)).join(" – ");
  if (t.knows("item", value)) return t.of("item", value);
  if (value.includes(",")) return value.split(",").map((one) => (one === "*" ? t("Any") : t.of("nature", one))).join(", ");
  return t.of("choice", value);
}
