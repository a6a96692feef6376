// Long work: begun, followed step by step, cancelled; found again by its address.

import { Refused, get, send } from "./api.js";
import { h } from "./dom.js";
import { grouped } from "./figures.js";

const LOOK_MS = 500;
const SAID_PARTS = 4; // a screen reader is told each quarter of the steps, not each step

/** A place that shows a job's progress, then what `tell` makes of its result.
 *
 * heading: of that place; it has the focus when a view with a job opens, and when what had it is gone.
 */
export function jobBox({ t, asked, signal, say }, tell) {
  const heading = h("h2", { tabindex: "-1" }, t("Result"));
  const box = h("div", { class: "job" });
  const section = h("section", { "aria-label": t("Result"), hidden: !asked.job }, heading, box);
  let id = null;

  /** Show nodes in the place of what was there; who stood on it stands on the heading then. */
  function put(...nodes) {
    const stoodHere = box.contains(document.activeElement);
    box.replaceChildren(...nodes);
    section.hidden = false;
    if (stoodHere) heading.focus();
  }

  function alert({ message, mend }) {
    put(h("p", { class: "alert", role: "alert" }, `${message}. ${mend ? `${mend}.` : ""}`));
  }

  async function cancel() {
    say(t("Cancelling…"));
    try {
      await send("DELETE", `jobs/${id}`);
    } catch (refusal) {
      if (!signal.aborted) alert(refusal);
    }
  }

  function progress({ state, done, total, place }) {
    const text = state === "queued" ? t("Waiting, place {place}", { place: grouped(place) }) : total ? t("{done} of {total} steps done", { done: grouped(done), total: grouped(total) }) : t("Running…");
    const bar = h("progress", { "aria-label": t("Progress"), ...(total ? { value: done, max: total } : {}) });
    const before = box.querySelector("progress");
    if (before === null) put(h("p", { class: "steps" }, text), bar, h("button", { type: "button", class: "plain", onclick: cancel }, t("Cancel")));
    else {
      box.querySelector(".steps").textContent = text;
      before.replaceWith(bar);
    }
    const part = state === "queued" ? text : total ? `${Math.floor((SAID_PARTS * done) / total)}/${SAID_PARTS}` : state;
    if (box.dataset.said !== part) say(text);
    box.dataset.said = part;
  }

  async function follow(job) {
    id = job;
    let found = await get(`jobs/${id}`, {}, signal);
    while (["queued", "running"].includes(found.state)) {
      progress(found);
      await new Promise((again) => setTimeout(again, LOOK_MS));
      if (signal.aborted) return;
      found = await get(`jobs/${id}`, {}, signal);
    }
    if (found.state === "done") {
      put(...tell(found.result));
      say(t("Done"));
    } else if (found.state === "cancelled") {
      put(h("p", {}, `${t("Cancelled")}.`));
      say(t("Cancelled"));
    } else alert(new Refused(found.error));
  }

  /** Follow a job, by its id. */
  async function show(job) {
    try {
      await follow(job);
    } catch (refusal) {
      if (signal.aborted) return;
      if (!(refusal instanceof Refused)) throw refusal;
      alert(refusal);
    }
  }

  /** Begin a job; its id, or null if it was refused. */
  async function begin(content) {
    try {
      return (await send("POST", "jobs", content)).id;
    } catch (refusal) {
      alert(refusal);
      return null;
    }
  }

  return { section, heading, show, begin };
}
