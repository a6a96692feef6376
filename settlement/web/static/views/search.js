// What a text is known by: events, statements, variances, files, and names of the catalogue, each with its way there.

import { Refused, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { grouped, moment, month } from "../figures.js";
import { addressOf } from "../places.js";
import { answerTo, keepRefusal, placeOfHit, takeRefusal } from "../search_box.js";
import { shortName } from "../variance_parts.js";

export async function search(context) {
  const { t, asked, to, signal } = context;
  const refused = takeRefusal();
  if (!asked.q) return { title: t("Search"), alert: refused && `${refused.message}. ${refused.mend}.`, nodes: [known(context)] };
  let found;
  try {
    found = await answerTo(context, asked.q);
  } catch (refusal) {
    if (!(refusal instanceof Refused) || refusal.name !== "number_searched" || signal.aborted) throw refusal;
    keepRefusal(refusal);
    to("search", "", {}, { replace: true }); // the address keeps no number
    return { title: t("Search"), nodes: [] };
  }
  const hits = rowsOf(found.hits);
  const sorts = [...new Set(hits.map((hit) => hit.what))];
  return {
    title: t("Search: {text}", { text: asked.q }), generation: found.generation,
    nodes: hits.length
      ? sorts.map((sort) => h("section", {}, h("h2", {}, t.code("found", sort)),
        h("ul", { class: "hits" }, hits.filter((hit) => hit.what === sort).map((hit) => h("li", {}, link(context, hit), h("span", {}, about(context, hit))))),
        found.more.includes(sort) && h("p", { class: "hint" }, t("There are more; type more of it."))))
      : [h("p", { class: "lead" }, t("Nothing here is called so.")), known(context)],
  };
}

function link(context, hit) {
  const { t, lang } = context;
  const names = {
    event: () => h("code", {}, hit.id),
    variance: () => h("code", {}, hit.id),
    statement: () => (hit.name ? h("code", {}, hit.name) : `${shortName(context.about, hit.carrier)}, ${month(hit.period)}`),
    month: () => month(hit.id),
  };
  return h("a", { href: addressOf({ lang, ...placeOfHit(context, hit) }) }, names[hit.what]?.() ?? t.called(hit, "name"));
}

/** What it is, beside its name. */
function about({ t, about: known }, hit) {
  const carrier = hit.carrier && shortName(known, hit.carrier);
  const records = hit.records != null && t("{count} records", { count: grouped(hit.records) });
  const suspended = hit.suspended > 0 && t("{count} in suspense", { count: grouped(hit.suspended) });
  const parts = {
    event: () => [carrier, hit.kind && t.of("kind", hit.kind), hit.start_at && moment(hit.start_at)],
    variance: () => [carrier, month(hit.period), hit.name],
    statement: () => [hit.name && `${carrier}, ${month(hit.period)}`, hit.records != null && t("{count} events", { count: grouped(hit.records) }), suspended],
    month: () => [],
    file: () => [records, suspended],
    carrier: () => [hit.id],
  }[hit.what] ?? (() => [hit.id, carrier]);
  return parts().filter(Boolean).join(" · ");
}

/** What can be searched for, of what the role's file has. */
function known({ t, who }) {
  const { role } = who.user;
  const lines = who.may.lines;
  const ways = [
    lines && t("an event: its id, or the first 8 characters of it or more"),
    lines && t("a statement: the number that it was signed with"),
    t("a month, such as 2021-08, or a month and a carrier: 2021-08 viettel"),
    role !== "reader" && t("a variance: its id, or the first 8 characters of it or more"),
    lines && t("a source file: its name, a part of it, or the beginning of its SHA-256"),
    t("a carrier, measure, plan or pack: its code, its name or a part of it"),
  ].filter(Boolean);
  return h("section", {}, h("h2", {}, t("What can be searched for")), h("ul", {}, ways.map((way) => h("li", {}, way))),
    h("p", {}, t("A telephone number is not searched for: this page knows none. The server keeps nothing of what is typed here.")));
}
