// What claims say otherwise than the recomputation, why, and how it stands.

import { get, rowsOf, send } from "../api.js";
import { choice, field, h } from "../dom.js";
import { day, grouped, month, signed, whole } from "../figures.js";
import { explanationsOf } from "../causes.js";
import { table } from "../table.js";

const STATES = ["open", "asked", "accepted", "rejected", "adjusted"];
const VERDICTS = ["explained", "ambiguous", "unexplained"];
// What may follow a state; the server refuses anything else.
const FOLLOWS = { open: ["asked", "accepted"], asked: ["accepted", "rejected"], accepted: ["adjusted"], rejected: ["asked", "adjusted"], adjusted: [] };
const LOOK_MS = 500;
const LOOKS_MAX = 120;

export async function variances(context) {
  const { t, asked, who, signal, about } = context;
  const given = { period: asked.period, carrier: asked.carrier };
  let found;
  try {
    found = await get("variances", given, signal);
  } catch (refusal) {
    if (refusal.name !== "not_found") throw refusal;
    return { title: t("nav.variances"), nodes: [h("p", {}, t("no_variances"))] };
  }
  const { period, generation } = found;
  const all = rowsOf(found.variances);
  const rows = all.filter((row) => ["state", "verdict"].every((key) => !asked[key] || row[key] === asked[key]));
  rows.sort(byCarrierThenSize);
  const may = who.user.role === "auditor";
  const sum = (key) => rows.reduce((total, row) => total + whole(row[key]), 0n);
  const caption = t("variances_of", month(period), grouped(rows.length), grouped(all.length));
  const chosen = new Set();
  const columns = [
    may && { label: t("choose"), head: false, onScreen: true, cell: (row) => box(t, row, chosen) },
    { label: t("variance"), head: true, code: true, cell: (row) => row.variance?.slice(0, 8) ?? t("total") },
    { key: "carrier", label: t("carrier"), code: true, head: false },
    { label: t("cell"), wide: true, head: false, cell: (row) => (row.variance ? cellOf(t, about, row) : "") },
    { key: "claimed_amount", label: t("claimed"), kind: "whole", head: false },
    { key: "recomputed_amount", label: t("recomputed"), kind: "whole", head: false },
    { key: "difference", label: t("difference"), kind: "signed", head: false },
    { label: t("state"), head: false, cell: (row) => (row.variance ? stateOf(t, row) : "") },
    { label: t("verdict_and_causes"), wide: true, cell: (row) => (row.variance ? causes(t, row) : ""), head: false },
  ].filter(Boolean);
  return {
    title: t("nav.variances"), period, generation,
    nodes: [
      filters(context, period),
      table(t, {
        caption, rows, columns, files: { path: "variances", asked: given, table: "variances" },
        total: rows.length > 1 ? { difference: sum("difference") } : null,
      }),
      may && rows.length > 0 && moves(context, generation, rows, chosen),
    ].filter(Boolean),
  };
}

function byCarrierThenSize(one, other) {
  if (one.carrier !== other.carrier) return one.carrier < other.carrier ? -1 : 1;
  const [first, second] = [one, other].map((row) => {
    const size = whole(row.difference);
    return size < 0n ? -size : size;
  });
  return first === second ? 0 : first > second ? -1 : 1;
}

function filters({ t, asked, to, about, who }, period) {
  const any = ["", t("any")];
  const control = (key, codes, words) =>
    field(t(key), choice([any, ...codes.map((code) => [code, words(code)])], asked[key] ?? "", {
      name: key, onchange: (event) => to("variances", "", { ...asked, period, [key]: event.target.value }),
    }));
  return h("form", { class: "filters", "aria-label": t("filters"), onsubmit: (event) => event.preventDefault() },
    control("state", STATES, (code) => t.of("state", code)),
    control("verdict", VERDICTS, (code) => t.of("verdict", code)),
    who.user.role !== "carrier" && control("carrier", Object.keys(about.carriers), (code) => t.called(about.carriers[code], "name")));
}

function box(t, row, chosen) {
  if (!row.variance || FOLLOWS[row.state].length === 0) return "";
  return h("input", {
    type: "checkbox", "aria-label": t("choose_variance", row.variance.slice(0, 8)),
    onchange: (event) => (event.target.checked ? chosen.add(row.variance) : chosen.delete(row.variance)),
  });
}

function cellOf(t, about, row) {
  const province = about.provinces[row.home_province];
  return [
    t.of("grain", row.grain), row.item && t.of("item", row.item), row.measure, row.nature && t.of("nature", row.nature),
    row.day && day(row.day), province ? t.called(province, "name") : row.home_province, row.is_total && t("total"),
  ].filter(Boolean).join(" · ");
}

function causes(t, row) {
  const explanations = explanationsOf(row.causes);
  const part = ({ cause, detail, amount }) =>
    h("span", {}, t.of("cause", cause), detail && [" ", h("code", {}, detail)], ` (${signed(amount)}\u00a0đ)`);
  const one = (parts) => h("li", {}, parts.map((each, place) => [place > 0 && " + ", part(each)]));
  return [t.of("verdict", row.verdict), explanations.length > 0 && h("ul", { class: "causes" }, explanations.map(one))];
}

function stateOf(t, row) {
  const more = [row.deadline && t("until", day(row.deadline)), row.why].filter(Boolean).join("; ");
  return h("span", { class: `state state-${row.state}` }, t.of("state", row.state), more && h("small", {}, ` ${more}`));
}

/** Until the server serves what a move published. */
async function served(before) {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await get("names")).generation !== before) return;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

function moves({ t, say, to, asked }, generation, rows, chosen) {
  const state = choice(STATES.slice(1).map((code) => [code, t.of("state", code)]), "asked", { name: "state-to" });
  const deadline = h("input", { type: "date", name: "deadline" });
  const why = h("input", { name: "why", maxlength: 1000 });
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const button = h("button", { type: "submit" }, t("move"));

  function refuse(text) {
    alert.textContent = text;
    alert.hidden = false;
  }

  async function submit(event) {
    event.preventDefault();
    alert.hidden = true;
    const ids = rows.map((row) => row.variance).filter((id) => chosen.has(id));
    if (ids.length === 0) return refuse(t("choose_first"));
    button.disabled = true;
    say(t("moving"));
    try {
      const content = { ids, state: state.value, why: why.value };
      if (state.value === "asked" && deadline.value) content.deadline = deadline.value;
      const found = await send("POST", "variances/state", content);
      if (found.variances.length > 0) await served(generation);
      to("variances", "", asked, { replace: true });
      say(t("moved", String(found.variances.length), t.of("state", found.state)));
    } catch (refusal) {
      refuse(`${refusal.message}. ${refusal.mend ?? ""}`);
    } finally {
      button.disabled = false;
    }
  }

  return h("section", {}, h("h2", {}, t("move_on")),
    h("form", { class: "filters", onsubmit: submit }, alert, field(t("new_state"), state),
      field(t("deadline"), deadline, t("deadline_hint")), field(t("why"), why), h("p", {}, button)));
}
