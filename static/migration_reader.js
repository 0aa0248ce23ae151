// As whom a migration reads Azure DevOps: the choice when it is made, and the bar above the steps of one that is there.

import { call, onRefusal } from "./api.js";
import { askWith } from "./dialogs.js";
import { freshId, make, setText } from "./elements.js";
import { outwardLink } from "./links.js";
import { messageBox } from "./messages.js";
import { onSignIn, openSignIn } from "./sign_in_window.js";

const PURPOSE = "migrations";
const READER_NEEDED = "reader_sign_in_needed";
const NEEDED = ["sign_in_needed", READER_NEEDED];
const GO_ON = "Go on in the window that was opened. This page notices when you are done.";
const BLOCKED = "Your browser blocked the window. Open it by this link within a minute:";
const LENT = "Other administrators of this Jira site can then scan, preview and run it with what you see.";
const QUESTIONS = {
  me: ["Read Azure DevOps as yourself?", LENT, "Read as myself"],
  connection: [
    "Read Azure DevOps with the token?",
    "What the owner of the token does not see is then not there for this migration.",
    "Read with the token",
  ],
};
const SCAN_GOES = "The scan goes, because two people may see different things. Scan anew after it.";
const NOT_YET = "Crosswalk does not see your sign-in yet. Finish it in the window that was opened, then press again.";
const STATES = {
  signed_in: "",
  ended: "Your sign-in to Azure DevOps has ended. Scans and runs of this migration wait until you sign in again.",
  signed_out: "You are signed out of Azure DevOps. Scans and runs of this migration wait until you sign in.",
};
const OTHER_GONE =
  "They have to sign in to Azure DevOps again. Scans and runs wait until then, or until you choose anew who reads.";
const NOBODY =
  "The person who lent their sign-in signed out, uses another account now, or is not known any more. Scans and runs " +
  "wait until you choose anew who reads.";

// Whether a refusal means that somebody has to sign in first
export function needsSignIn({ code }) {
  return NEEDED.includes(code);
}

// What keeps somebody from reading as themselves, with the button that opens the sign-in where that helps. `role` is how
// the words are said aloud. `again()` is called whenever the sign-in may be over.
function troubleBox(role, words, signIn) {
  return messageBox("warning", null, make("p", { role }, words), signIn);
}

function signInPart(connectionId, organization, again) {
  const words = `Sign in to ${organization}`;
  const button = make("button", { type: "button", class: "button primary" }, words);
  const note = make("div", { role: "status" });
  const onward = make("div", { class: "row" });
  button.addEventListener("click", async () => {
    try {
      const address = await openSignIn(connectionId, undefined, PURPOSE);
      const look = make("button", { type: "button", class: "button" }, "I have signed in");
      look.addEventListener("click", async () => {
        await again();
        if (look.isConnected) note.replaceChildren(make("p", {}, NOT_YET));
      });
      note.replaceChildren(make("p", {}, address ? BLOCKED : GO_ON));
      onward.replaceChildren(...(address ? [outwardLink(address, words), look] : [look]));
    } catch (refusal) {
      note.replaceChildren(make("p", {}, refusal.message));
      onward.replaceChildren();
    }
  });
  return make("div", { class: "sign-in" }, button, note, onward);
}

// The choice in the form. `changed()` is called when the projects have to be read anew. `tell(refusal, organization)`
// shows what keeps somebody from reading as themselves, `clear()` takes that away. `watch()` looks whether a sign-in is
// over, and returns what ends that.
export function readerField(connection, changed) {
  const name = freshId("reader");
  const hintId = freshId("hint");
  const option = (value, words, checked, describedBy) => {
    const input = make("input", { type: "radio", name, value, checked, "aria-describedby": describedBy });
    return [input, make("label", {}, input, words)];
  };
  const [token, byToken] = option("connection", "The token of the organization", true);
  const [me, byMe] = option("me", "My own sign-in", false, hintId);
  const hint = make("p", { class: "small subtle", id: hintId, hidden: true }, LENT);
  const note = make("div", { class: "reader-note" });
  const legend = make("legend", {}, "Read Azure DevOps with");
  const element = make("fieldset", { class: "choices reader-choices" }, legend, byToken, byMe, hint, note);
  const field = { pointer: "/readAs", element, notes: element, control: me, hintId };
  field.read = () => (me.checked ? "me" : "connection");
  field.clear = () => {
    if (note.contains(document.activeElement)) me.focus(); // the button that was pressed goes
    note.dataset.shown = "";
    note.replaceChildren();
  };
  // The same again changes nothing: somebody may be about to press the button
  field.tell = (refusal, organization) => {
    const fresh = `${organization} ${refusal.message}`;
    if (note.dataset.shown === fresh) return;
    note.dataset.shown = fresh;
    const signIn = needsSignIn(refusal) ? signInPart(connection.read(), organization, changed) : null;
    note.replaceChildren(troubleBox("alert", refusal.message, signIn));
  };
  for (const input of [token, me])
    input.addEventListener("change", () => {
      hint.hidden = !me.checked;
      field.clear();
      changed();
    });
  field.watch = () => onSignIn(() => me.checked && note.childElementCount && changed());
  return field;
}

// The bar above the steps: `update(migration)` shows who reads, `watch()` looks whether that changes, and returns what
// ends the looking. `refresh()` reads the migration anew.
export function readerBar(refresh) {
  const words = make("span", { role: "status" });
  const buttons = make("div", { class: "row" });
  const note = make("div", { class: "reader-note" });
  const row = make("div", { class: "row spread" }, words, buttons);
  const bar = { element: make("div", { class: "reader" }, row, note), words, buttons, note, refresh, wished: false };
  bar.update = (migration) => showBar(bar, migration);
  bar.watch = () => watchBar(bar);
  return bar;
}

// A question of any step may be the first to find out that a sign-in has ended.
function watchBar(bar) {
  const stops = [
    onSignIn(() => bar.isDue && look(bar)),
    onRefusal(({ code }) => code === READER_NEEDED && bar.refresh().catch(() => {})),
  ];
  return () => stops.forEach((stop) => stop());
}

function showBar(bar, migration) {
  const fresh = JSON.stringify([migration.readAs, migration.readerState]);
  if (bar.shown === fresh) return;
  const held = bar.note.contains(document.activeElement);
  Object.assign(bar, { shown: fresh, migration, wished: false });
  const trouble = troubleWords(migration);
  bar.isDue = Boolean(trouble);
  setText(bar.words, readerWords(migration));
  bar.buttons.replaceChildren(...barButtons(bar));
  const signIn = trouble && migration.readAs === "me" ? signInWay(bar) : null;
  bar.note.replaceChildren(...(trouble ? [troubleBox("status", trouble, signIn)] : []));
  if (held) (bar.note.querySelector("button") ?? bar.buttons.querySelector("button"))?.focus();
}

function signInWay(bar) {
  const { connectionId, organization } = bar.migration;
  return organization ? signInPart(connectionId, organization, () => look(bar)) : null;
}

export function readerWords({ readAs }) {
  if (readAs === "me") return "Reads Azure DevOps as you.";
  if (readAs === "other") return "Reads Azure DevOps as another administrator.";
  if (readAs === "nobody") return "Reads Azure DevOps as nobody now.";
  return "Reads Azure DevOps with the token of the organization.";
}

// What keeps it from reading, '' when nothing does
export function troubleWords({ readAs, readerState }) {
  if (readAs === "nobody") return NOBODY;
  if (readAs === "me") return STATES[readerState];
  return readAs === "other" && readerState !== "signed_in" ? OTHER_GONE : "";
}

function barButtons(bar) {
  const { readAs, readerState, organization } = bar.migration;
  if (!organization) return [];
  const again = barButton("Sign in again", () => offerSignIn(bar));
  const mine = barButton("Read as myself", () => choose(bar, "me"));
  const token = barButton("Read with the token", () => choose(bar, "connection"));
  const isMine = readAs === "me";
  return [isMine && readerState === "signed_in" && again, !isMine && mine, readAs !== "connection" && token].filter(Boolean);
}

// A sign-in may lack what only Microsoft knows of, such as the consent to read work items.
function offerSignIn(bar) {
  bar.isDue = true;
  bar.note.replaceChildren(signInWay(bar));
  bar.note.querySelector("button").focus();
}

function barButton(words, act) {
  const button = make("button", { type: "button", class: "button compact" }, words);
  button.addEventListener("click", async () => {
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    await act();
    button.removeAttribute("aria-disabled");
  });
  return button;
}

async function choose(bar, readAs) {
  bar.wished = false;
  const [title, words, action] = QUESTIONS[readAs];
  const content = [words, ...(bar.migration.scan ? [SCAN_GOES] : [])].map((sentence) => make("p", {}, sentence));
  const act = () => putReader(bar, readAs);
  const answer = await askWith({ title, content, action, busy: "Changing…", act });
  if (!answer) return;
  if (answer.refusal) {
    tellRefusal(bar, answer.refusal);
    return;
  }
  bar.shown = "";
  await bar.refresh().catch((refusal) => tellRefusal(bar, refusal));
  bar.buttons.querySelector("button")?.focus();
}

// `refusal` is one that a sign-in would help; any other is raised.
async function putReader({ migration }, readAs) {
  try {
    await call("PUT", `migrations/${migration.id}/reader`, { readAs });
    return { refusal: null };
  } catch (refusal) {
    if (!needsSignIn(refusal)) throw refusal;
    return { refusal };
  }
}

function tellRefusal(bar, refusal) {
  bar.wished = needsSignIn(refusal);
  bar.isDue = bar.isDue || bar.wished;
  bar.note.replaceChildren(troubleBox("alert", refusal.message, bar.wished ? signInWay(bar) : null));
}

// The sign-in may be over: what was wished for is done, else the state is read anew. A failure leaves the bar as it is.
async function look(bar) {
  try {
    if (bar.wished) await call("PUT", `migrations/${bar.migration.id}/reader`, { readAs: "me" });
    if (bar.migration.readerState === "signed_in") bar.shown = ""; // the offer to sign in again goes
    await bar.refresh();
  } catch (refusal) {
    if (!needsSignIn(refusal)) tellRefusal(bar, refusal);
  }
}
