// The page of migrations: the address behind # says what is shown. `#` the list, `#new` the form, `#{id}/{step}` one
// migration. So the browser's own back and forward work inside the frame.

import { insideJira, startTheme } from "./bridge.js";
import { askWith } from "./dialogs.js";
import { make, setText } from "./elements.js";
import { messageBox } from "./messages.js";
import { showCreate } from "./migration_create.js";
import { showList } from "./migration_list.js";
import { findStep, presentStep } from "./migration_steps.js";
import { openWizard } from "./migration_wizard.js";

const PATIENCE = 1_000; // milliseconds; a load that takes longer is said aloud

const part = (id) => document.getElementById(id);
const view = part("view");
// What is shown: its address, and how it is left
let shown = null;
let asked = 0;
let asking = false; // whether somebody is asked about leaving

function start() {
  startTheme();
  if (!insideJira()) return showOutside();
  part("outside").remove();
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeunload", (event) => shown?.isChanged() && event.preventDefault());
  follow();
}

function showOutside() {
  part("loading").hidden = true;
  part("outside").hidden = false;
}

function announce(words) {
  setText(part("status"), words);
}

// Shows what the address names, unless somebody would rather save first.
async function follow() {
  const wanted = location.hash;
  if (wanted === shown?.hash) return;
  if (asking) return history.pushState(null, "", shown.hash || "#");
  if (shown?.isChanged() && !(await mayLeave(wanted))) return;
  const first = shown === null;
  const [, id, step] = /^#([^/]*)\/?(.*)$/.exec(wanted) ?? [null, "", ""];
  if (id && id !== "new" && shown?.id === id && findStep(step)) {
    shown.hash = wanted;
    return shown.open(step);
  }
  shown?.leave();
  shown = { hash: wanted, isChanged: () => false, leave: () => {} };
  await load(wanted, id, step, !first);
}

// Goes back to what is shown, then asks.
async function mayLeave(wanted) {
  history.pushState(null, "", shown.hash || "#");
  asking = true;
  const leaves = await askWith({
    title: "Leave without saving?",
    content: [make("p", {}, "What you changed in the mapping was not saved. It is lost when you leave.")],
    action: "Leave",
    busy: "Leaving…",
    tone: "danger",
    act: () => {},
  });
  asking = false;
  if (leaves) history.replaceState(null, "", wanted || "#");
  return leaves;
}

// Each address gets a place of its own: what comes too late fills one that is gone.
async function load(hash, id, step, focuses) {
  const mine = ++asked;
  const place = make("div", {});
  view.replaceChildren(place);
  part("loading").hidden = false;
  const slow = setTimeout(() => announce("Reading…"), PATIENCE);
  try {
    const made = await build(place, id, step);
    if (mine !== asked) return made.leave();
    shown = { ...made, hash: made.hash ?? hash, id };
    part("loading").hidden = true;
    made.begin(focuses);
  } catch (refusal) {
    if (mine === asked) showFailure(refusal, () => load(hash, id, step, focuses));
  } finally {
    if (mine === asked) part("loading").hidden = true;
    clearTimeout(slow);
    announce("");
  }
}

async function build(place, id, step) {
  if (id && id !== "new") return buildWizard(place, id, step);
  const leave = await (id ? showCreate : showList)(place);
  const begin = (focuses) => {
    document.title = id ? "New migration" : "Crosswalk migrations";
    if (focuses) place.querySelector("h1").focus();
  };
  return { begin, leave: leave ?? (() => {}), isChanged: () => false };
}

async function buildWizard(place, id, step) {
  const wizard = await openWizard(place, id, announce);
  const name = findStep(step) ? step : presentStep(wizard.migration);
  const hash = `#${id}/${name}`;
  const begin = (focuses) => {
    history.replaceState(null, "", hash);
    wizard.open(name, focuses);
  };
  return { ...wizard, hash, begin };
}

function showFailure(refusal, again) {
  if (!refusal.faults) reportError(refusal);
  const words = refusal.faults ? refusal.message : "Something unexpected happened. Reload the page and try again.";
  const retry = make("button", { type: "button", class: "button", onclick: again }, "Try again");
  const back = make("a", { href: "#", class: "button quiet" }, "All migrations");
  const box = messageBox("danger", "This cannot be shown", words, make("div", { class: "row" }, retry, back));
  view.replaceChildren(
    make("h1", { class: "hidden-text", tabindex: "-1" }, "Crosswalk migrations"),
    make("div", { role: "alert" }, box),
  );
}

start();
