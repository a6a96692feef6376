// Variances moved on by an auditor: what is ticked, the form that stays in sight, and what an act came to.

import { get, send } from "./api.js";
import { choice, field, h } from "./dom.js";
import { day, grouped } from "./figures.js";
import { letterOf, shortName } from "./variance_parts.js";
import { rules, zone } from "./words.js";

// Which may be made in which state is Python's to say (settlement/records/variance_states.py).
const { moves: MOVES, variances_max: MOST } = rules;
const LOOK_MS = 500;
const LOOKS_MAX = 120;
const DAY_MS = 86_400_000;

let ticked = new Map();
let tickedOf = "";
let done = null; // what the last act came to, and the place where it is told

/** What somebody ticked, by id: {carrier, state}. It outlasts a change of the view, not one of what is published. */
export function ticksOf({ who }, generation) {
  const of = `${who.user.name} ${generation}`;
  if (of !== tickedOf) [ticked, tickedOf] = [new Map(), of];
  return ticked;
}

/** Until the server serves what a move published. */
async function served(before) {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await get("names")).generation !== before) return;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

/** May a deadline be given? Only who is asked has one. */
const hasDeadline = (move) => MOVES[move].state === "asked";

/** The moves that may be made of a variance in one of some states. */
function movesFrom(states) {
  return Object.keys(MOVES).filter((move) => MOVES[move].follows.some((state) => states.has(state)));
}

const DAYS = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });

/** The day so many days from now, in the home's civil time: 2021-08-31. */
const dayIn = (days) => {
  const { year, month, day } = Object.fromEntries(DAYS.formatToParts(Date.now()).map((part) => [part.type, part.value]));
  return new Date(Date.UTC(year, month - 1, day) + days * DAY_MS).toISOString().slice(0, 10);
};

/** What the last act at this place came to: a sentence, and the letters that come of it. */
export function outcome({ t }) {
  if (done?.place !== location.hash) return null;
  return h("p", { class: "done" }, done.text, done.letters.map((link) => [" ", link]), done.moved !== "open" && ` ${t("To take it back, reopen with a reason.")}`);
}

/** The form, and what to call when another is chosen.
 *
 * chosen: what is moved on, by id: {carrier, state}; days: how long who is asked has to answer;
 * isOne: of one variance, where a reason may always be given.
 */
export function moves(context, { generation, chosen, days, isOne = false }) {
  const { t, say, to, view, id, asked, signal, about } = context;
  const count = h("p", { class: "chosen" });
  const note = h("p", { class: "hint" });
  const move = h("select", { name: "move", onchange: needs });
  const deadline = h("input", { type: "date", name: "deadline", value: days && dayIn(days) });
  const why = h("input", { name: "why", maxlength: rules.why_characters_max });
  const [choose, until, because] = [field(t("What is done"), move), field(t("Answer by"), deadline), field(isOne ? t("Reason (not needed to ask)") : t("Reason"), why)];
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const busy = h("p", { class: "steps", hidden: true }, t("Moving, and publishing again…"));
  const button = h("button", { type: "submit" });
  const clear = h("button", { type: "button", class: "plain", onclick: () => { chosen.clear(); to(view, id, asked, { replace: true }); } }, t("Untick all"));
  const form = h("form", { class: isOne ? "act act-one" : "act", "aria-label": t("Move on"), onsubmit: submit },
    alert, h("div", { class: "act-what" }, count, note, busy), choose, until, because, h("p", { class: "buttons" }, !isOne && clear, button));

  /** Those that the chosen move may be made of: ids by carrier. */
  function movable() {
    const of = new Map();
    for (const [one, { carrier, state }] of chosen) {
      if (MOVES[move.value]?.follows.includes(state)) of.set(carrier, [...(of.get(carrier) ?? []), one]);
    }
    return of;
  }

  function refresh() {
    const states = new Set([...chosen.values()].map(({ state }) => state));
    const names = movesFrom(states);
    const before = move.value;
    move.replaceChildren(...choice(names.map((name) => [name, t.of("move", name)]), names.includes(before) ? before : names[0]).children);
    choose.hidden = names.length < 2;
    needs();
  }

  function needs() {
    const of = movable();
    const sum = [...of.values()].flat().length;
    const left = chosen.size - sum;
    const name = move.value;
    count.textContent = chosen.size === 0 ? t("Nothing is ticked. A tick takes all variances of its row.") : t.n("{count} variance of {carriers}", "{count} variances of {carriers}", { count: chosen.size, carriers: called([...new Set([...chosen.values()].map(({ carrier }) => carrier))]) });
    note.textContent = sum === 0 ? "" : [
      hasDeadline(name) && (of.size === 1 ? t("One letter, to {carrier}.", { carrier: called([...of.keys()]) }) : t("{count} letters, one to each carrier.", { count: grouped(of.size) })),
      left > 0 && t.n("{count} stands otherwise, and stays as it is.", "{count} stand otherwise, and stay as they are.", { count: left }),
    ].filter(Boolean).join(" ");
    button.disabled = sum === 0;
    clear.hidden = chosen.size === 0;
    button.textContent = sum === 0 ? t("Ask") : name === "ask" ? t("Ask {carriers} about {count}", { carriers: called([...of.keys()]), count: grouped(sum) }) : t("{move}: {count}", { move: capital(t.of("move", name)), count: grouped(sum) });
    until.hidden = sum === 0 || !hasDeadline(name);
    deadline.required = sum > 0 && MOVES[name].needs_deadline;
    because.hidden = sum === 0 || !(isOne || MOVES[name].needs_why);
    why.required = sum > 0 && MOVES[name].needs_why;
  }

  /** Carriers by name; of many how many they are. */
  function called(carriers) {
    return carriers.length < 3 ? carriers.map((one) => shortName(about, one)).join(t.in("of carriers", " and ")) : t("{count} carriers", { count: grouped(carriers.length) });
  }

  function refuse(text) {
    alert.textContent = text;
    alert.hidden = false;
  }

  async function submit(event) {
    event.preventDefault();
    alert.hidden = true;
    const of = movable();
    const ids = [...of.values()].flat();
    const content = { move: move.value };
    if (!because.hidden && why.value.trim()) content.why = why.value;
    if (!until.hidden && deadline.value) content.deadline = deadline.value;
    button.disabled = true;
    busy.hidden = false;
    say(t("Moving, and publishing again…"));
    try {
      let found;
      let moved = 0;
      for (let first = 0; first < ids.length; first += MOST) {
        found = await send("POST", "variances/state", { ...content, ids: ids.slice(first, first + MOST) });
        moved += found.variances.length;
      }
      if (moved > 0) await served(generation);
      done = { place: location.hash, moved: found.state, text: told(found, moved, of), letters: lettersOf(found, of) };
      chosen.clear();
      if (!signal.aborted) to(view, id, asked, { replace: true }); // else somebody has gone on
      say(done.text);
    } catch (refusal) {
      refuse(`${refusal.message}. ${refusal.mend ?? ""}`);
      needs();
    } finally {
      busy.hidden = true;
    }
  }

  function told(found, moved, of) {
    const carriers = called([...of.keys()]);
    if (found.deadline) return t.n("{carriers} asked about {count} variance, to answer by {day}.", "{carriers} asked about {count} variances, to answer by {day}.", { carriers, count: moved, day: day(found.deadline) });
    return t("{count} moved: {state}.", { count: grouped(moved), state: t.of("state", found.state) });
  }

  function lettersOf(found, of) {
    if (found.state !== "asked") return [];
    return [...of].map(([carrier, ids]) => letterOf(context, context.period ?? asked.period, carrier, { asked: ids.length }, t("Letter to {carrier} (PDF)", { carrier: shortName(about, carrier) })));
  }

  refresh();
  return { node: form, refresh };
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
