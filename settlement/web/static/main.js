// The page: who is there, which view the address asks for, and what stands around it.

import * as api from "./api.js";
import * as figures from "./figures.js";
import { frame } from "./frame.js";
import { keysOf } from "./keys.js";
import { addressOf, placeOf } from "./places.js";
import { adjustments } from "./views/adjustments.js";
import { carrier } from "./views/carrier.js";
import { catalogue } from "./views/catalogue.js";
import { cells } from "./views/cells.js";
import { claims } from "./views/claims.js";
import { consoleView } from "./views/console.js";
import { event } from "./views/event.js";
import { events } from "./views/events.js";
import { file } from "./views/file.js";
import { findings } from "./views/findings.js";
import { interconnect } from "./views/interconnect.js";
import { log } from "./views/log.js";
import { login } from "./views/login.js";
import { overview } from "./views/overview.js";
import { plausibility } from "./views/plausibility.js";
import { refunds } from "./views/refunds.js";
import { samples } from "./views/samples.js";
import { search } from "./views/search.js";
import { sensitivity } from "./views/sensitivity.js";
import { signatures } from "./views/signatures.js";
import { statement } from "./views/statement.js";
import { suspense } from "./views/suspense.js";
import { tableView } from "./views/tables.js";
import { toDo } from "./views/to_do.js";
import { variance } from "./views/variance.js";
import { variances } from "./views/variances.js";
import { whatIf } from "./views/what_if.js";
import { wordsOf } from "./words.js";

const VIEWS = {
  overview, carrier, statement, cells, events, event, variances, variance, claims, samples, suspense, refunds, findings, adjustments, signatures, log, plausibility, catalogue, interconnect, search, file,
  console: consoleView, sensitivity, table: tableView, "to-do": toDo, "what-if": whatIf,
};

let who = null;
let about = { periods: [], synthetic: [] };
let leaving = new AbortController();
let isFirst = true;

/** Show what the address asks for. What an earlier one asked for and is not there yet is dropped. */
async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const place = placeOf(location.hash);
  const t = wordsOf(place.lang);
  api.speak(place.lang);
  figures.speak(place.lang);
  document.documentElement.lang = place.lang;
  const context = { ...place, t, who, about, signal, to, say };
  const page = frame(context, { logOut });
  if (isFirst) page.busy();
  let found;
  try {
    found = who === null ? login(context, loggedIn) : await view(context);
  } catch (refusal) {
    if (signal.aborted) return;
    if (refusal.status === 401 && who !== null) {
      who = null;
      return show();
    }
    found = refused(context, refusal);
  }
  if (signal.aborted) return;
  page.put(found, { focus: !isFirst });
  keysOf(context);
  found.shown?.();
  isFirst = false;
}

async function view(context) {
  const show = VIEWS[context.view];
  if (show === undefined) throw Object.assign(new Error(context.t("There is no such page")), { mend: "" });
  const found = await show(context);
  if (found.period) context.period = found.period;
  return found;
}

function refused({ t }, refusal) {
  if (!(refusal instanceof api.Refused) && refusal.mend === undefined) console.error(refusal);
  const what = refusal.mend === undefined ? t("The page met a fault; please reload it") : refusal.message;
  return { title: t("This cannot be shown"), nodes: [], alert: refusal.mend ? `${what}. ${refusal.mend}.` : what };
}

/** Go to a place of the page. replace: without a step back to here. */
function to(view, id, asked, { replace = false } = {}) {
  const { lang } = placeOf(location.hash);
  const address = addressOf({ lang, view, id, asked });
  if (!replace) location.hash = address;
  else {
    history.replaceState(null, "", address);
    show();
  }
}

/** Tell a screen reader. */
function say(text) {
  document.getElementById("live").textContent = text;
}

async function loggedIn(found) {
  who = found;
  about = await api.get("names");
  await show();
}

async function logOut() {
  await api.logOut();
  who = null;
  await show();
}

window.addEventListener("hashchange", show);
who = await api.me();
if (who !== null) about = await api.get("names");
await show();
