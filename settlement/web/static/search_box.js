// The search box: what it asks the server, and where each sort of hit leads.

import { Refused, send } from "./api.js";
import { freshId, h } from "./dom.js";

const TEXT_MAX = 200;
let last = {}; // answer, of whom and to what
let refusal = null;

/** What is found by a text, as the server answered it. The text goes in a body: addresses are kept by others. */
export async function answerTo({ who }, text) {
  const key = JSON.stringify([who.user.name, text]);
  if (last.key !== key) last = { key, answer: await send("POST", "search", { q: text }) };
  return last.answer;
}

/** Keep a refusal for the view that is shown next. */
export function keepRefusal(found) {
  refusal = found;
}

/** The refusal that was kept, once. */
export function takeRefusal() {
  const taken = refusal;
  refusal = null;
  return taken;
}

/** Where a thing that was found is shown: {view, id, asked}. */
export function placeOfHit({ asked }, { what, id, carrier, period }) {
  const of = { period: period ?? asked.period };
  return {
    event: { view: "event", id },
    statement: { view: "statement", id: carrier, asked: of },
    month: { view: "overview", asked: { period: id } },
    variance: { view: "variance", id, asked: of },
    file: { view: "file", id },
    carrier: { view: "carrier", id, asked: of },
    measure: { view: "cells", asked: { ...of, measure: id, by: "carrier" } },
    plan: { view: "catalogue", id: `plan/${id}`, asked: of },
    pack: { view: "catalogue", id: `pack/${id}`, asked: of },
  }[what];
}

/** A form of one field. One exact hit is shown at once; what looks like a telephone number comes into no address. */
export function searchBox(context) {
  const { t, view, asked, to, signal } = context;
  const id = freshId("search");
  const field = h("input", {
    id, type: "search", name: "q", maxlength: TEXT_MAX, autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/",
    placeholder: t("Event, number, file, plan…"), value: view === "search" ? asked.q : null,
  });

  async function search(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    try {
      const { columns, rows } = (await answerTo(context, text)).hits;
      if (signal.aborted) return; // somebody went elsewhere meanwhile
      const found = rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]])));
      const exact = found.filter((hit) => hit.is_exact);
      const place = exact.length === 1 ? placeOfHit(context, exact[0]) : { view: "search", asked: { q: text } };
      to(place.view, place.id, place.asked);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      field.value = "";
      if (signal.aborted) return;
      keepRefusal(refused);
      to("search", "", {}, { replace: view === "search" && !asked.q });
    }
  }

  return h("form", { class: "search", role: "search", onsubmit: search },
    h("label", { for: id, class: "unseen" }, t("Search")), field, h("kbd", { "aria-hidden": "true" }, "/"));
}

/** Put the focus into the box that is in sight; in a narrow window it lies among the pages. */
export function toSearchBox() {
  const boxes = () => [...document.querySelectorAll(".search input")];
  const shown = () => boxes().find((box) => box.offsetParent !== null);
  if (!shown()) document.querySelector(".rail .unfold").click();
  shown().focus();
  shown().select();
}
