// The name of a new branch: proposed, checked while one types, with what it will look like in a clone.

import { call } from "./api.js";
import { freshId, make, setText } from "./elements.js";
import { textField } from "./forms.js";
import { icon } from "./icons.js";
import { outwardLink } from "./links.js";

const PAUSE = 350; // milliseconds after the last key before the name is checked
const PATIENCE = 1_000; // a check that takes longer is said aloud
const PLAIN = /^[A-Za-z0-9@%+=:,./_-]+$/; // what a shell takes as it is

// A field as those of forms.js. `check()` checks it now, `hush()` takes back what the last check said, `isRefused()`
// tells whether that was a refusal, `propose(name)` and `restore(name)` fill it. `repository()` gives the id of the
// chosen one or null.
export function nameField({ issueKey, proposed, repository }) {
  const field = textField({ pointer: "/name", label: "Branch name", autocomplete: "off", spellcheck: "false" });
  const state = { proposed, asked: 0, pause: 0, faults: [] };
  const parts = nameParts(field);
  const context = { field, parts, state, issueKey, repository };
  field.control.value = proposed;
  field.control.addEventListener("input", () => later(context));
  parts.back.addEventListener("click", () => takeProposed(context));
  field.check = () => check(context);
  field.hush = () => tell(parts);
  field.isRefused = () => state.faults.length > 0;
  field.restore = (name) => {
    field.control.value = name;
    check(context);
  };
  field.propose = (name) => {
    if (field.control.value === state.proposed) field.control.value = name;
    state.proposed = name;
    check(context);
  };
  showPreview(context);
  return field;
}

function nameParts(field) {
  const live = make("div", { class: "live", id: freshId("live"), role: "status" });
  const preview = make("code", {});
  const back = make("button", { type: "button", class: "button quiet compact", hidden: true }, "Use the proposed name");
  const line = make("p", { class: "small subtle preview" }, "In your clone: ", preview);
  field.control.classList.add("code");
  field.element.append(live, make("div", { class: "row spread" }, line, back));
  return { live, preview, back };
}

function takeProposed(context) {
  context.field.control.value = context.state.proposed;
  context.field.control.focus();
  check(context);
}

function later(context) {
  showPreview(context);
  context.state.asked += 1; // what is being checked is not the name any more
  clearTimeout(context.state.pause);
  context.state.pause = setTimeout(() => check(context), PAUSE);
}

function showPreview({ field, parts, state }) {
  const name = field.read();
  setText(parts.preview, `git fetch && git switch ${quote(name || "…")}`);
  parts.back.hidden = name === state.proposed;
}

// As a shell wants it: single quotes around what has a meaning there.
function quote(name) {
  return name === "…" || PLAIN.test(name) ? name : `'${name.replaceAll("'", `'"'"'`)}'`;
}

// Has the name checked as it stands; an answer to an older one counts no more. A check that fails says so and forbids
// nothing: making the branch checks again.
async function check(context) {
  const { field, state, parts, issueKey, repository } = context;
  clearTimeout(state.pause);
  showPreview(context);
  const asked = ++state.asked;
  const name = field.read();
  const slow = setTimeout(() => tell(parts, line("neutral", "Checking the name…")), PATIENCE);
  try {
    const body = { issueKey, repositoryId: repository(), name };
    const answer = await call("POST", "branches/check", body);
    if (asked === state.asked) show(context, answer);
  } catch (refusal) {
    if (asked === state.asked) showUnchecked(context, refusal);
  } finally {
    clearTimeout(slow);
  }
}

function show({ field, state, parts, repository }, { faults, notes }) {
  state.faults = faults;
  mark(field, parts, faults.length > 0);
  const free = repository() ? "This name is free." : "This name is allowed.";
  const verdict = faults.length ? faults.map(faultLine) : [line("success", free)];
  tell(parts, ...verdict, ...notes.map((note) => line("warning", note)));
}

function showUnchecked({ field, state, parts }, refusal) {
  state.faults = [];
  mark(field, parts, false);
  tell(parts, line("warning", `The name could not be checked. ${refusal.message}`));
}

// What a form said at this field gives way to what is known now.
function mark(field, parts, wrong) {
  for (const fault of field.notes.querySelectorAll(".fault")) fault.remove();
  if (wrong) field.control.setAttribute("aria-invalid", "true");
  else field.control.removeAttribute("aria-invalid");
  field.control.setAttribute("aria-describedby", parts.live.id);
}

function tell({ live }, ...lines) {
  live.replaceChildren(...lines);
}

function line(tone, words, link = null) {
  return make("p", { class: `verdict ${tone}` }, icon(tone), make("span", {}, words, link ? " " : null, link));
}

function faultLine({ detail, url }) {
  return line("danger", detail, url ? outwardLink(url, "Open it in Azure DevOps") : null);
}
