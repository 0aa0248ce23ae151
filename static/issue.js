// The panel of an issue: what goes on in Azure DevOps, and the form for a new branch.

import { branchDesk } from "./branch_desk.js";
import { startTheme } from "./bridge.js";
import { fillName, offerCopies } from "./copying.js";
import { make } from "./elements.js";
import { issueWork } from "./issue_work.js";
import { onSignIn, openSignIn } from "./sign_in_window.js";

const LOOKS = [2_000, 6_000, 15_000, 40_000]; // milliseconds after a branch was made: by then Jira has it

const page = document.querySelector("main");
const issueKey = page.dataset.issue;

function start() {
  startTheme();
  const work = issueWork(issueKey);
  const button = make("button", { type: "button", class: "button primary", hidden: true }, "Create branch");
  const desk = branchDesk({
    issueKey,
    begin: ({ connectionId }) => openSignIn(connectionId, issueKey),
    read: ({ name }, moved) => {
      fillName(name);
      if (moved) work.load();
    },
    made: () => LOOKS.forEach((pause) => setTimeout(work.load, pause)),
    button,
  });
  document.getElementById("work").replaceWith(work.element);
  document.getElementById("desk").replaceWith(desk.element, button);
  offerCopies(page);
  onSignIn(desk.refresh);
  work.load();
  desk.load();
}

start();
