// The menu: pages by group, those that the file of the role can open, with how many things wait in each.

import { get } from "./api.js";
import { freshId, h } from "./dom.js";
import { grouped } from "./figures.js";
import { addressOf } from "./places.js";

const PARENTS = { carrier: "overview", statement: "overview", cells: "overview", events: "overview", event: "overview", variance: "variances", log: "signatures", table: "console", file: "suspense" };

/** Pages by group: [head, [[view, its name, what waits in it]]]; a group without a page is left out. */
function groups({ t, who }) {
  const isAuditor = who.user.role === "auditor";
  const isReader = who.user.role === "reader";
  return [
    [t.in("group", "This month"), [["overview", t("Overview")]]],
    [t.in("group", "Claims"), isReader ? [] : [["variances", t("Variances"), "variances"], ["claims", t("Claims")]]],
    [t.in("group", "To do"), isReader ? [] : [["suspense", t.in("navigation", "Suspense"), "suspense"], ["refunds", t("Refunds"), "refunds"], ...(who.may.lines ? [["findings", t.in("navigation", "Findings"), "findings"]] : []), ["adjustments", t("Adjustments")]]],
    [t.in("group", "Assurance"), isReader ? [] : [...(isAuditor ? [["signatures", t("Signatures and log")]] : []), ["samples", t.in("navigation", "Samples")], ...(isAuditor ? [["plausibility", t("Plausibility")]] : [])]],
    [t.in("group", "Policy"), [["catalogue", t("Catalogue")], ...(isAuditor && who.may.jobs ? [["interconnect", t("Interconnect")], ["what-if", t("What if")], ["sensitivity", t("Sensitivity")]] : [])]],
    [t.in("group", "Look yourself"), who.may.console ? [["console", t("SQL")]] : []],
  ].filter(([, pages]) => pages.length > 0);
}

const viewOf = ({ view }) => PARENTS[view] ?? view;

/** Can the role open a view from the menu, at once or by the page that leads to it? */
export function isInMenu(context, view) {
  return groups(context).flatMap(([, pages]) => pages).some(([page]) => page === viewOf({ view }));
}

/** The name of the page of the menu that is shown, or that leads to it; "" if none does. */
function shownPage(context) {
  return groups(context).flatMap(([, pages]) => pages).find(([view]) => view === viewOf(context))?.[1] ?? "";
}

/** Beside each view in wide windows; in narrow ones a line that unfolds. search, account: who is logged in, for narrow windows. */
export function menu(context, search, account) {
  const { t, lang, asked } = context;
  const link = ([view, name, counted]) =>
    h("li", {}, h("a", {
      href: addressOf({ lang, view, asked: { period: asked.period } }), "aria-current": view === viewOf(context) ? "page" : null,
    }, name, counted && h("b", { "data-waiting": counted })));
  const pages = h("nav", { id: "pages", "aria-label": t("Pages") }, search,
    groups(context).map(([head, listed]) => {
      const id = freshId("group");
      return h("div", {}, h("p", { id }, head), h("ul", { "aria-labelledby": id }, listed.map(link)));
    }), account);
  const rail = h("div", { class: "rail" },
    h("button", { type: "button", class: "unfold", "aria-expanded": "false", "aria-controls": "pages", onclick: unfold },
      h("span", {}, h("span", { "aria-hidden": "true" }, "☰ "), t("Pages")), h("small", {}, shownPage(context))),
    pages);
  return rail;

  function unfold({ currentTarget }) {
    const isOpen = rail.classList.toggle("unfolded");
    currentTarget.setAttribute("aria-expanded", String(isOpen));
  }
}

let known = { key: null, counts: {} };

/** Put into the menu how many things wait, once a publication and period. Readers have nothing that waits. */
export async function countWaiting({ t, who, asked, signal }, { period = asked.period, generation }) {
  if (who.user.role === "reader") return;
  const key = generation && [who.user.name, period, generation].join();
  if (key && key !== known.key) {
    const { waiting } = await get("waiting", { period }, signal);
    known = { key, counts: Object.fromEntries(waiting.rows) };
  }
  for (const place of document.querySelectorAll("[data-waiting]")) {
    const count = known.counts[place.dataset.waiting];
    place.replaceChildren(...(count ? [grouped(count), h("span", { class: "unseen" }, ` ${t("are waiting")}`)] : []));
  }
}
