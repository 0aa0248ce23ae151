// The questions about a connection: connect, replace its token, remove it. A token lives in its field and in one
// variable until the answer comes, and nowhere else.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { make } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { textField } from "./forms.js";
import { messageBox } from "./messages.js";

const RIGHTS = ["Code (Read)", "Build (Read)", "Release (Read), for classic releases", "Project and Team (Read)"];

// Resolves true when an organization was connected.
export async function connectOrganization() {
  const address = textField({
    pointer: "/organizationUrl",
    label: "Organization address",
    hint: "For example https://dev.azure.com/acme, or only acme",
    autocomplete: "off",
    spellcheck: "false",
    inputmode: "url",
  });
  const token = tokenField();
  const expires = expiryField();
  const made = await askWith({
    title: "Connect an Azure DevOps organization",
    content: [make("p", {}, "Crosswalk reads what a person with this token may read, and asks for events.")],
    fields: [address, token, expires],
    action: "Connect",
    busy: "Connecting…",
    act: () => {
      requireBoth(address, token);
      return token.spend((secret) =>
        call("POST", "connections", { organizationUrl: address.read(), token: secret, ...expires.told() }),
      );
    },
  });
  if (!made) return null;
  raiseFlag(`${made.organization} is connected as ${made.authenticatedAs}. Link a project next.`);
  return made;
}

// `problems` of the connection: an organization that is gone from its address is asked for its new one.
export async function replaceToken(connection, problems) {
  const token = tokenField();
  const expires = expiryField();
  const address = problems.some(({ code }) => code === "organization_gone") ? newAddress(connection) : null;
  const done = await askWith({
    title: `Replace the token of ${connection.organization}`,
    content: [make("p", {}, "The old token is forgotten. Projects stay linked, and events that waited are delivered.")],
    fields: [address, token, expires].filter(Boolean),
    action: "Replace token",
    busy: "Checking the token…",
    act: () => {
      const moved = address?.read() ? { organizationUrl: address.read() } : {};
      const path = `connections/${connection.id}/token`;
      return token.spend((secret) => call("PUT", path, { token: secret, ...expires.told(), ...moved }));
    },
  });
  if (done) raiseFlag(`The token of ${connection.organization} was replaced.`);
  return done;
}

function newAddress(connection) {
  return textField({
    pointer: "/organizationUrl",
    label: "New address of the organization",
    hint: `It no longer answers at ${connection.organizationUrl}.`,
    autocomplete: "off",
    spellcheck: "false",
    inputmode: "url",
  });
}

// Looks at token, rights and subscriptions, and mends what can be mended.
export async function checkConnection(connection, button) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await call("POST", `connections/${connection.id}/check`);
    raiseFlag(`${connection.organization} is being checked. What is found shows here in a moment.`);
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

export async function removeConnection(connection) {
  const removed = [
    "the subscriptions in Azure DevOps, so no more events come",
    "the commits, branches, pull requests, builds and deployments it showed on Jira issues",
    "the token and the list of linked projects",
  ];
  const done = await askWith({
    title: `Remove ${connection.organization}?`,
    content: [
      messageBox("warning", "This removes:", make("ul", {}, ...removed.map((words) => make("li", {}, words)))),
      make("p", {}, "Nothing in Azure DevOps itself is deleted. You can connect the organization again."),
    ],
    action: "Remove",
    busy: "Removing…",
    tone: "danger",
    act: () => call("DELETE", `connections/${connection.id}`),
  });
  if (done) tellRemoval(`${connection.organization} was removed.`, done);
  return done;
}

// What was removed, and what has to be removed by hand.
export function tellRemoval(words, { problems }) {
  raiseFlag(words);
  for (const { detail } of problems) raiseFlag(detail, "warning");
}

// A password field that gives its content away once: it is emptied before the call begins. When the call fails for
// another reason than the token, the same secret is used for the next try.
function tokenField() {
  const field = textField({
    pointer: "/token",
    label: "Personal access token",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    hint: "Made in Azure DevOps under User settings > Personal access tokens, for this organization only.",
  });
  field.element.append(tokenHelp());
  let kept = "";
  field.held = () => field.read() || kept;
  field.spend = async (send) => {
    kept = field.held();
    field.control.value = "";
    field.control.placeholder = kept ? "The token you entered is used again" : "";
    try {
      return await send(kept);
    } catch (refusal) {
      if (refusal.faults?.some(({ pointer }) => pointer === field.pointer)) forget();
      throw refusal;
    }
  };
  const forget = () => {
    kept = "";
    field.control.placeholder = "";
  };
  return field;
}

// When the token ends: Azure DevOps does not tell us, so a person may.
function expiryField() {
  const field = textField({
    pointer: "/expiresOn",
    label: "The token ends on",
    type: "date",
    hint: "May stay empty. With the day you are warned 14 and 3 days before; Azure DevOps itself does not tell us.",
  });
  field.told = () => (field.read() ? { expiresOn: field.read() } : {});
  return field;
}

function tokenHelp() {
  const rights = make("ul", {}, ...RIGHTS.map((right) => make("li", {}, right)));
  const owner = "The owner also needs View and Edit Subscriptions on each project, which project administrators have.";
  const question = make("summary", {}, "Which rights does it need?");
  return make("details", { class: "small" }, question, rights, make("p", {}, owner));
}

function requireBoth(address, token) {
  const faults = [];
  if (!address.read()) faults.push({ pointer: address.pointer, detail: "Enter the address of the organization." });
  if (!token.held()) faults.push({ pointer: token.pointer, detail: "Enter a personal access token." });
  if (faults.length) throw Object.assign(new Error("Some values are missing."), { faults });
}
