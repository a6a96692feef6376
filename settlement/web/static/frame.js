// What stands around each view: name, menu, language, period, mark of synthetic data.

import { choice, h } from "./dom.js";
import { month } from "./figures.js";
import { showKeys } from "./keys.js";
import { countWaiting, menu } from "./menu.js";
import { addressOf } from "./places.js";
import { searchBox } from "./search_box.js";
import { LANGUAGES, nameOf } from "./words.js";

const WITH_PERIOD = new Set(["overview", "carrier", "statement", "cells", "suspense", "refunds", "findings", "adjustments", "signatures", "plausibility", "catalogue", "interconnect", "variances", "claims"]);
const DIGEST_TOLD = 16;

/** Put the frame there; returns what shows a view in it. */
export function frame(context, { logOut }) {
  const { t } = context;
  const main = h("main", { id: "main", tabindex: "-1" });
  const foot = h("p", { class: "generation" });
  const before = document.getElementById("main");
  const live = document.getElementById("live") ??
    h("div", { id: "live", class: "unseen", role: "status", "aria-live": "polite" });

  function draw(content, shown) {
    const marked = context.who && isSynthetic(context, shown);
    main.replaceChildren(...content);
    const parts = [
      h("a", { class: "skip", href: "#main", onclick: skip }, t("Skip to the main content")),
      h("header", { class: "top" },
        h("p", { class: "brand" }, h("strong", {}, "doisoat"), h("span", {}, t("Settlement of telecom relief"))),
        context.who && period(context),
        context.who && searchBox(context),
        h("div", { class: "tools" }, languages(context), context.who && user(context, logOut)),
      ),
      context.who && menu(context, searchBox(context), user(context, logOut)),
      marked && h("p", { class: "synthetic", role: "region", "aria-label": t("Origin of the figures") }, t("SYNTHETIC DATA of no carrier; not for payment")),
      main,
      h("footer", { class: "foot" }, foot, h("p", { class: "address" }, location.href), live),
    ];
    document.body.replaceChildren(...parts.filter(Boolean));
  }

  return {
    busy: () => draw([h("p", { class: "busy" }, t("Loading…"))]),
    put(found, { focus }) {
      const head = h("h1", { tabindex: "-1" }, found.title);
      const alert = found.alert && h("p", { class: "alert", role: "alert" }, found.alert);
      draw([found.trail && trail(context, found.trail), head, alert, ...found.nodes].filter(Boolean), found.period);
      main.dataset.place = location.hash; // whoever waits for a view knows it by this
      if (found.generation) {
        foot.append(t("Publication {digest}", { digest: found.generation.slice(0, DIGEST_TOLD) }),
          h("span", { class: "whole-digest" }, found.generation.slice(DIGEST_TOLD)));
      }
      document.title = `${found.title} – doisoat`;
      if (context.who) countWaiting(context, found).catch(unlessAborted);
      const first = focus && found.focusOn;
      if (first) first.scrollIntoView();
      else if (focus || before === null) window.scrollTo(0, 0);
      if (focus) (first || head).focus({ preventScroll: true });
    },
  };
}

/** A view that is left meanwhile needs no counts, and one whose counts fail stands without them. */
function unlessAborted(refusal) {
  if (refusal.name !== "AbortError") console.warn(refusal);
}

function skip(event) {
  event.preventDefault(); // the address is the view's, not a place on it
  document.getElementById("main").focus();
}

/** Of what is of no one month, or not there yet: is any? */
function isSynthetic({ asked, about }, shown = asked.period) {
  return shown == null ? about.synthetic.length > 0 : about.synthetic.includes(shown);
}

function period({ t, view, id, asked, about, to }) {
  if (!WITH_PERIOD.has(view) || about.periods.length === 0) return null;
  const chosen = asked.period ?? about.periods.at(-1);
  const control = choice(about.periods.map((one) => [one, month(one)]), chosen, {
    id: "period", onchange: (event) => to(view, id, { ...asked, period: event.target.value }),
  });
  return h("div", { class: "period" }, h("label", { for: "period" }, t("Period")), control);
}

function languages({ t, lang, view, id, asked }) {
  const link = (one) =>
    h("a", {
      href: addressOf({ lang: one, view, id, asked }), lang: one, hreflang: one,
      "aria-current": one === lang ? "true" : null,
    }, nameOf(one));
  return h("div", { class: "languages", role: "group", "aria-label": t("Language") },
    LANGUAGES.map(link));
}

function user({ t, who }, logOut) {
  return h("div", { class: "user" }, h("span", { title: t.code("role", who.user.role) }, who.user.name),
    h("button", { type: "button", class: "plain", onclick: showKeys }, t("Keys")),
    h("button", { type: "button", class: "plain", onclick: logOut }, t("Log out")));
}

/** The way back up. steps: [text, place] each, the last without a place. */
function trail({ t, lang }, steps) {
  const step = ([text, place]) =>
    h("li", {}, place ? h("a", { href: addressOf({ lang, ...place }) }, text)
      : h("span", { "aria-current": "page" }, text));
  return h("nav", { class: "trail", "aria-label": t("Where you are") }, h("ol", {}, steps.map(step)));
}
