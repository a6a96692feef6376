// Long work: begun, followed step by step, cancelled; found again by its address.

import { Refused, get, send } from "./api.js";
import { h } from "./dom.js";
import { grouped } from "./figures.js";

const LOOK_MS = 500;

/** A place that shows a job's progress, then what `tell` makes of its result. */
export function jobBox({ t, signal, say }, tell) {
  const box = h("div", { class: "job" });
  let id = null;

  function alert(told) {
    box.replaceChildren(h("p", { class: "alert", role: "alert" }, `${told.what ?? told.message}. ${told.mend ?? ""}`));
  }

  function progress({ state, done, total, place }) {
    const text = state === "queued" ? t("in_queue", grouped(place)) : total ? t("steps", grouped(done), grouped(total)) : t("running");
    const cancel = h("button", { type: "button", class: "plain", onclick: () => send("DELETE", `jobs/${id}`) }, t("cancel"));
    const bar = h("progress", { "aria-label": t("progress"), ...(total ? { value: done, max: total } : {}) });
    const before = box.querySelector("progress");
    if (before === null) box.replaceChildren(h("p", { class: "steps" }, text), bar, cancel);
    else {
      box.querySelector(".steps").textContent = text;
      before.replaceWith(bar);
    }
    if (box.dataset.said !== text) say(text);
    box.dataset.said = text;
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
      box.replaceChildren(...tell(found.result));
      say(t("job_done"));
    } else alert(found.error);
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

  return { box, show, begin };
}
