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
  const made = await askWith({
    title: "Connect an Azure DevOps organization",
    content: [make("p", {}, "Crosswalk reads what a person with this token may read, and asks for events.")],
    fields: [address, token],
    action: "Connect",
    busy: "Connecting…",
    act: () => {
      requireBoth(address, token);
      return token.spend((secret) =>
        call("POST", "connections", { organizationUrl: address.read(), token: secret }),
      );
    },
  });
  if (!made) return null;
  raiseFlag(`${made.organization} is connected as ${made.authenticatedAs}. Link a project next.`);
  return made;
}

export async function replaceToken(connection) {
  const token = tokenField();
  const done = await askWith({
    title: `Replace the token of ${connection.organization}`,
    content: [make("p", {}, "The old token is forgotten. Projects stay linked, and events that waited are delivered.")],
    fields: [token],
    action: "Replace token",
    busy: "Checking the token…",
    act: () => token.spend((secret) => call("PUT", `connections/${connection.id}/token`, { token: secret })),
  });
  if (done) raiseFlag(`The token of ${connection.organization} was replaced.`);
  return done;
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
