// What a view is narrowed to: controls whose choice is in the address, and a switch made of links.

import { choice, field, h } from "./dom.js";
import { addressOf } from "./places.js";
import { carrierName } from "./variance_parts.js";

/** A form of choices. controls: [name in the address, label, [value, text]...] each; a choice begins the rows anew. */
export function filters({ t, view, asked, to }, period, controls) {
  const control = ([name, label, choices]) =>
    field(label, choice([["", t("Any")], ...choices], asked[name] ?? "", {
      name, onchange: (event) => to(view, "", { ...asked, offset: null, period, [name]: event.target.value }),
    }));
  return h("form", { class: "filters", "aria-label": t("Filter"), onsubmit: (event) => event.preventDefault() }, controls.map(control));
}

export const ofCarriers = ({ t, about }) =>
  ["carrier", t("Carrier"), Object.keys(about.carriers).map((code) => [code, carrierName(t, about, code)])];

/** Ways to see the same by something else. choices: [value, text] each, the first where the address says none. */
export function switchBy({ t, lang, view, id, asked }, choices, name = "by") {
  const chosen = asked[name] ?? choices[0][0];
  return h("nav", { class: "switch", "aria-label": t("Sort by") }, choices.map(([value, text]) =>
    h("a", { href: addressOf({ lang, view, id, asked: { ...asked, offset: null, [name]: value } }), "aria-current": value === chosen ? "true" : null }, text)));
}
