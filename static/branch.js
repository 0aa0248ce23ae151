// The page that Create branch opens, in a window of its own.

import { branchDesk } from "./branch_desk.js";
import { fillName, offerCopies } from "./copying.js";
import { make, setText } from "./elements.js";
import { signInAddress } from "./sign_in_window.js";

const page = document.querySelector("main");
const { issue: issueKey, site } = page.dataset;

// Whose window this is. It is said before anything else, so that nobody signs in for somebody else.
function identityLine() {
  const who = make("strong", {}, "somebody");
  const not = "Not you? Then close this window, and open Create branch from your own Jira.";
  const line = make("p", {}, "You are ", who, " on ", make("strong", {}, site), ".");
  const element = make("div", { class: "who" }, line, make("p", { class: "subtle small" }, not));
  return { element, update: ({ name, accountId }) => setText(who, name ?? `the account ${accountId}`) };
}

function start() {
  const identity = identityLine();
  const desk = branchDesk({
    issueKey,
    begin: async ({ connectionId }, summary) => location.assign(signInAddress(connectionId, issueKey, summary)),
    known: identity.update,
    read: showIssue,
    drafts: true,
  });
  document.getElementById("desk").replaceWith(identity.element, desk.element);
  offerCopies(page);
  desk.load();
}

function showIssue({ summary, name }) {
  const line = document.getElementById("summary");
  line.hidden = !summary;
  setText(line, summary);
  fillName(name);
}

start();
