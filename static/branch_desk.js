// All that one needs to make a branch for an issue: who one is, the sign-ins, the form, and what came of it. In a
// window of its own and in the panel of an issue alike.

import { call } from "./api.js";
import { keepDraft, takeDraft } from "./branch_draft.js";
import { branchForm } from "./branch_form.js";
import { refusalBox } from "./branch_refusals.js";
import { branchResult } from "./branch_result.js";
import { signInRows } from "./branch_sign_ins.js";
import { make, setText } from "./elements.js";
import { messageBox } from "./messages.js";

const PATIENCE = 1_000; // milliseconds; a load that takes longer is said aloud
const NO_ORGANIZATION =
  "No Azure DevOps project is linked to this Jira site yet. Ask your Jira administrator to link one in " +
  "Apps > Crosswalk. Until then, make the branch yourself: the name is below.";

// A desk with `load()` and `refresh()`, which looks whether a sign-in has changed.
//
// `begin(organization, summary)` leads to Microsoft, see `signInRows`. `known(me)` is called as soon as it is known
// who asks, `read(proposal, moved)` with what is proposed, `moved` when a sign-in changed; `made()` after each new
// branch. With `button` the form waits behind it. With `drafts` what was typed is kept while this very window goes
// away and comes back.
export function branchDesk({
  issueKey,
  begin,
  read,
  known = () => {},
  made = () => {},
  button = null,
  drafts = false,
}) {
  const parts = deskParts();
  const waits = { me: null, proposal: null, form: null, wanted: !button };
  const desk = { issueKey, read, known, made, button, drafts, parts, ...waits };
  desk.rows = signInRows({
    begin: (organization) => {
      saveDraft(desk);
      return begin(organization, desk.proposal.summary);
    },
    changed: (words) => refresh(desk, words),
  });
  parts.element.append(parts.failure, parts.loading, desk.rows.element, parts.status, parts.notice, parts.place);
  button?.addEventListener("click", () => openForm(desk));
  return { element: parts.element, load: () => load(desk), refresh: () => refresh(desk, "") };
}

function deskParts() {
  return {
    element: make("div", { class: "desk" }),
    failure: make("div", { class: "notices", role: "alert" }),
    loading: make(
      "div",
      { class: "skeleton", "aria-hidden": "true" },
      make("span", {}),
      make("span", {}),
      make("span", {}),
    ),
    status: make("p", { class: "small subtle none", role: "status" }),
    notice: make("div", { class: "notices" }),
    place: make("div", { class: "notices" }),
  };
}

// The first load, and every one after a failure.
async function load(desk) {
  const { parts, issueKey } = desk;
  parts.failure.replaceChildren();
  parts.loading.hidden = false;
  const slow = setTimeout(() => say(desk, "Asking Jira and Azure DevOps…", true), PATIENCE);
  try {
    const form = call("GET", `branch-form?${new URLSearchParams({ issueKey })}`);
    [desk.me, desk.proposal] = await Promise.all([readMe(desk), form]);
    show(desk);
  } catch (refusal) {
    fail(desk, refusal);
  } finally {
    clearTimeout(slow);
    say(desk, "", false);
    parts.loading.hidden = true;
  }
}

async function readMe({ known }) {
  const me = await call("GET", "me");
  known(me);
  return me;
}

function fail(desk, refusal) {
  const again = () => load(desk);
  desk.parts.failure.replaceChildren(refusalBox(refusal, { reload: () => reload(desk), again }));
}

// Looks at the sign-ins again; `words` say what was done. Without any only a sign-in can have come about, and with
// another account it looks like the one before.
async function refresh(desk, words) {
  const waiting = desk.rows.isWaiting();
  if (!desk.me || (!words && !waiting && desk.me.organizations.every(isSignedIn))) return;
  const before = JSON.stringify(desk.me.organizations);
  try {
    desk.me = await readMe(desk);
    const same = JSON.stringify(desk.me.organizations) === before;
    if (same && !(waiting && desk.me.organizations.every(isSignedIn))) return;
    show(desk, true);
    say(desk, words || stateWords(desk.me), Boolean(words));
  } catch (refusal) {
    fail(desk, refusal);
  }
}

// What can be seen anyway is said to a screen reader alone.
function say({ parts }, words, seen) {
  parts.status.className = seen ? "small subtle none" : "hidden-text";
  setText(parts.status, words);
}

function isSignedIn({ state }) {
  return state === "signed_in";
}

function stateWords({ organizations }) {
  const names = organizations.filter(isSignedIn).map(({ organization }) => organization);
  return names.length ? `You are signed in to ${names.join(", ")}.` : "";
}

function show(desk, moved = false) {
  const { parts, me, proposal, button } = desk;
  parts.failure.replaceChildren();
  desk.read(proposal, moved);
  const off = proposal.off ?? (me.organizations.length ? null : NO_ORGANIZATION);
  parts.notice.replaceChildren(...(off ? [messageBox("information", null, off)] : []));
  desk.rows.update(proposal.off ? [] : me.organizations);
  const ready = !off && isReady(desk);
  if (button) button.hidden = !ready || desk.wanted;
  if (ready && desk.wanted) showForm(desk, moved);
  else parts.place.hidden = true;
}

// A form that is there stays when a sign-in ends, with all that was typed.
function isReady({ me, form }) {
  return me.organizations.some(({ state }) => state === "signed_in" || (form && state === "ended"));
}

function openForm(desk) {
  desk.wanted = true;
  desk.button.hidden = true;
  showForm(desk, true);
}

// The form is built once, so that a change of sign-ins loses nothing that was typed.
function showForm(desk, moved) {
  const fresh = !desk.form;
  const appears = fresh || desk.parts.place.hidden;
  desk.form ??= buildForm(desk);
  if (fresh) desk.parts.place.replaceChildren(desk.form.element);
  desk.parts.place.hidden = false;
  if (desk.me.organizations.some(isSignedIn)) desk.form.load();
  if (moved && appears) desk.form.focus();
}

function buildForm(desk) {
  const { issueKey, proposal, me } = desk;
  const form = branchForm({
    issueKey,
    proposal,
    made: (branch) => showResult(desk, branch),
    ended: (words) => refresh(desk, words),
    reload: () => reload(desk),
  });
  const draft = desk.drafts ? takeDraft(me.accountId, issueKey) : null;
  if (draft) form.restore(draft);
  return form;
}

function showResult(desk, branch) {
  const another = () => {
    desk.parts.place.replaceChildren(desk.form.element);
    desk.form.propose(desk.proposal);
    desk.form.focus();
  };
  const result = branchResult({ issueKey: desk.issueKey, branch, another });
  desk.parts.place.replaceChildren(result.element);
  result.focus();
  desk.made(branch);
}

function saveDraft({ drafts, me, form, issueKey }) {
  if (drafts && me && form) keepDraft(me.accountId, issueKey, form.values());
}

function reload(desk) {
  saveDraft(desk);
  location.reload();
}
