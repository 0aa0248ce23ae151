// What was made: where the new branch is, how to get it into a clone, and what did not go as one may expect.

import { copyLine } from "./copying.js";
import { make } from "./elements.js";
import { icon } from "./icons.js";
import { outwardLink } from "./links.js";
import { messageBox } from "./messages.js";

// `branch` is the answer of /api/branches; `another()` is called for one more.
export function branchResult({ issueKey, branch, another }) {
  const title = make("h2", { tabindex: "-1" }, icon("success"), "The branch was made");
  const links = make("ul", { class: "made-links" }, make("li", {}, outwardLink(branch.url, branch.name)));
  if (branch.pullRequest) links.append(make("li", {}, pullLink(branch.pullRequest)));
  const line = copyLine({ label: "Get it into your clone", what: "the command", value: branch.command });
  const more = make("button", { type: "button", class: "button", onclick: another }, "Create another branch");
  const parts = [title, links, line, ...branch.notes.map((note) => messageBox("warning", null, note))];
  if (!branch.notes.length) parts.push(make("p", { class: "subtle" }, `Jira shows it on ${issueKey} in a moment.`));
  const element = make(
    "section",
    { class: "branch-result", "aria-label": "New branch" },
    ...parts,
    make("div", {}, more),
  );
  return { element, focus: () => title.focus() };
}

function pullLink({ id, url }) {
  return outwardLink(url, `Draft pull request ${id}`);
}
