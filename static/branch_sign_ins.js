// A person's sign-ins to Azure DevOps: a row for each organization, with what can be done there.

import { call } from "./api.js";
import { freshId, keepChildren, make, setText } from "./elements.js";
import { showFaults, textField } from "./forms.js";
import { outwardLink } from "./links.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";

const STATES = {
  signed_in: ["success", "Signed in"],
  signed_out: ["neutral", "Not signed in"],
  ended: ["warning", "Sign-in has ended"],
};
const WHY = "Sign in once: Azure DevOps then shows you as the one who made the branch. You can sign out at any time.";
const GO_ON = "Go on in the window that was opened. This page notices when you are done.";

// A section with `update(organizations)`. `begin(organization)` leads to Microsoft and resolves with null when
// another window shows it, with an address when the person has to open it by hand, with nothing when this page goes
// there itself. `changed(words)` is called after every change.
export function signInRows({ begin, changed }) {
  const id = freshId("sign-ins");
  const list = make("ul", {});
  const title = make("h2", { id }, "Your sign-in to Azure DevOps");
  const why = make("p", { class: "subtle" }, WHY);
  const element = make("section", { class: "sign-ins", "aria-labelledby": id, hidden: true }, title, why, list);
  const rows = new Map();
  const update = (organizations) => {
    element.hidden = !organizations.length;
    why.hidden = organizations.some(({ state }) => state === "signed_in");
    keepChildren(
      list,
      rows,
      organizations,
      ({ connectionId }) => connectionId,
      () => signInRow({ begin, changed }),
    );
  };
  return { element, update, isWaiting: () => [...rows.values()].some((row) => row.isWaiting()) };
}

function signInRow(acts) {
  const name = make("strong", {});
  const light = lozenge("neutral", "");
  const buttons = make("div", { class: "row" });
  const note = make("div", { class: "sign-in-note" });
  const head = make("div", { class: "row spread" }, make("div", { class: "row" }, name, light), buttons);
  const element = make("li", { class: "sign-in" }, head, note);
  const row = { ...acts, buttons, note, shown: "", waiting: false };
  const update = (organization) => {
    const fresh = JSON.stringify([organization.state, organization.method, organization.detail]);
    const over = row.waiting && organization.state === "signed_in";
    if (fresh === row.shown && !over) return;
    Object.assign(row, { shown: fresh, organization, waiting: false });
    setText(name, organization.organization);
    setLozenge(light, ...STATES[organization.state]);
    showButtons(row);
    note.replaceChildren(...(organization.detail ? [messageBox("warning", null, organization.detail)] : []));
  };
  return { element, update, isWaiting: () => row.waiting };
}

function showButtons(row) {
  const { organization, buttons } = row;
  const name = organization.organization;
  const start = organization.method === "entra" ? () => signIn(row) : () => openForm(row);
  if (organization.state === "signed_in") {
    const other = actButton("Use another account", `Use another account for ${name}`, "quiet compact", start);
    buttons.replaceChildren(
      other,
      actButton("Sign out", `Sign out of ${name}`, "quiet compact", () => signOut(row), "Signing out…"),
    );
    return;
  }
  const words = organization.state === "ended" ? `Sign in to ${name} again` : `Sign in to ${name}`;
  buttons.replaceChildren(actButton(words, words, "primary", start));
}

function actButton(words, label, tone, act, busy) {
  const button = make("button", { type: "button", class: `button ${tone}`, "aria-label": label }, words);
  button.addEventListener("click", () => once(button, act, busy));
  return button;
}

// One thing at a time: a second click does nothing until the first is through. `busy` says what takes so long.
async function once(button, act, busy = null) {
  if (button.hasAttribute("aria-disabled")) return;
  const words = button.textContent;
  button.setAttribute("aria-disabled", "true");
  if (busy) button.replaceChildren(make("span", { class: "spinner", "aria-hidden": "true" }), busy);
  try {
    await act();
  } finally {
    button.removeAttribute("aria-disabled");
    button.replaceChildren(words);
  }
}

async function signIn(row) {
  try {
    const address = await row.begin(row.organization);
    if (address !== undefined) showWaiting(row, address);
  } catch (refusal) {
    row.note.replaceChildren(messageBox("danger", null, refusal.message));
  }
}

// While the other window is open. A browser that blocked it gets a link.
function showWaiting(row, address) {
  row.waiting = true;
  const look = make("button", { type: "button", class: "button" }, "I have signed in");
  look.addEventListener("click", () => once(look, () => row.changed("")));
  const link = address ? outwardLink(address, `Sign in to ${row.organization.organization}`) : null;
  const words = address ? "Your browser blocked the window. Open it by this link within a minute:" : GO_ON;
  row.note.replaceChildren(make("div", { role: "status" }, messageBox("information", null, words, link, look)));
}

async function signOut(row) {
  const { connectionId, organization } = row.organization;
  try {
    await call("DELETE", `me/ado?connectionId=${encodeURIComponent(connectionId)}`);
    await row.changed(`You are signed out of ${organization}. Crosswalk has forgotten your sign-in.`);
    row.buttons.querySelector("button").focus();
  } catch (refusal) {
    row.note.replaceChildren(messageBox("danger", null, refusal.message));
  }
}

// For organizations to which Microsoft Entra signs nobody in: a personal access token of one's own.
function openForm(row) {
  const { organization, organizationUrl } = row.organization;
  const token = textField({
    pointer: "/token",
    label: `Your personal access token for ${organization}`,
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    hint: "For this organization only, with the scope Code (Read & write).",
  });
  const how = make("p", {}, "Microsoft signs nobody in here. Crosswalk acts by a token that only you have made: ");
  how.append(outwardLink(`${organizationUrl}/_usersSettings/tokens`, "make one in Azure DevOps"));
  how.append(". It is kept for the Jira account of this window alone, which can then make branches in your name.");
  const notices = make("div", { class: "notices", role: "alert" });
  const keep = make("button", { type: "submit", class: "button primary" }, "Sign in with the token");
  const cancel = make("button", { type: "button", class: "button quiet" }, "Cancel");
  const form = make("form", { class: "token-form", method: "post", novalidate: true }, how, token.element, notices);
  form.append(make("div", { class: "row" }, keep, cancel));
  cancel.addEventListener("click", () => closeForm(row));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(keep, () => keepToken(row, token, notices), "Checking the token…");
  });
  row.note.replaceChildren(form);
  token.control.focus();
}

function closeForm(row) {
  row.note.replaceChildren();
  row.buttons.querySelector("button").focus();
}

async function keepToken(row, token, notices) {
  const { connectionId, organization } = row.organization;
  notices.replaceChildren();
  if (!token.read()) return showFaults([token], [{ pointer: token.pointer, detail: "Enter a token of your own." }]);
  try {
    await call("PUT", `me/ado/${connectionId}/token`, { token: token.read() });
    token.control.value = "";
    row.note.replaceChildren();
    await row.changed(`You are signed in to ${organization}.`);
  } catch (refusal) {
    showFaults([token], refusal.faults ?? []);
    if (refusal.faults?.length)
      token.control.value = ""; // a wrong secret is of no use to anybody
    else notices.append(messageBox("danger", null, refusal.message));
  }
}
