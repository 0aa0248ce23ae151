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
  const leaves = await askWith({
    title: "Leave without saving?",
    content: [make("p", {}, "What you changed in the mapping was not saved. It is lost when you leave.")],
    action: "Leave",
    busy: "Leaving…",
    tone: "danger",
    act: () => {},
  });
  if (leaves) history.replaceState(null, "", wanted || "#");
  return leaves;
}

async function load(hash, id, step, focuses) {
  const mine = ++asked;
  view.replaceChildren();
  part("loading").hidden = false;
  const slow = setTimeout(() => announce("Reading…"), PATIENCE);
  try {
    const made = await build(id, step, focuses);
    if (mine !== asked) made.leave();
    else shown = { ...made, hash: made.hash ?? hash, id };
  } catch (refusal) {
    if (mine === asked) showFailure(refusal, () => load(hash, id, step, focuses));
  } finally {
    if (mine === asked) part("loading").hidden = true;
    clearTimeout(slow);
    announce("");
  }
}

async function build(id, step, focuses) {
  if (!id || id === "new") {
    document.title = id ? "New migration" : "Crosswalk migrations";
    const leave = await (id ? showCreate : showList)(view, { announce });
    part("loading").hidden = true;
    if (focuses) view.querySelector("h1").focus();
    return { leave: leave ?? (() => {}), isChanged: () => false };
  }
  let wizard = null;
  wizard = await openWizard(view, id, announce);
  part("loading").hidden = true;
  const name = findStep(step) ? step : presentStep(wizard.migration);
  history.replaceState(null, "", `#${id}/${name}`);
  wizard.open(name, focuses);
  return { ...wizard, hash: `#${id}/${name}` };
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
