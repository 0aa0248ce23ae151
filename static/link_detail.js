// What a linked project sends, how its subscriptions are, its history, and whether all that happened is in Jira.

import { call } from "./api.js";
import { keepChildren, make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { historyPart } from "./history.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { ago, clock, count, eventWords, kindWords, statusWords, together } from "./words.js";

export function linkDetail(connection, project) {
  const sends = make("span", { class: "subtle" });
  const state = lozenge("success", "");
  const rows = new Map();
  const list = make("ul", { class: "subscriptions small" });
  const more = make("details", { class: "small" }, make("summary", {}, "Subscriptions"), list);
  const problems = make("div", { class: "problems" });
  const told = new Map();
  const history = historyPart(connection, project);
  const checked = checkedPart(connection, project);
  const row = make("div", { class: "row" }, state, sends);
  const element = make(
    "div",
    { class: "project-detail", hidden: true },
    row,
    problems,
    more,
    history.element,
    checked.element,
  );
  const update = (fresh, link) => {
    element.hidden = !fresh.linked || !link;
    if (element.hidden) return;
    setText(sends, linkWords(fresh));
    setLozenge(state, ...subscriptionsWords(link.subscriptions));
    problems.hidden = !link.problems.length;
    keepChildren(problems, told, link.problems, ({ detail }) => detail, problemRow);
    keepChildren(list, rows, link.subscriptions, ({ eventType }) => eventType, subscriptionRow);
    history.update(link.backfill);
    checked.update(link);
  };
  return { element, update };
}

function checkedPart(connection, project) {
  const words = make("span", { class: "small subtle" });
  const button = make("button", { type: "button", class: "button compact" }, "Look again now");
  button.setAttribute("aria-label", `Look again now for what ${project.name} did`);
  button.addEventListener("click", async () => {
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      await call("POST", `connections/${connection.id}/projects/${project.id}/reconcile`);
      raiseFlag(`Crosswalk reads what ${project.name} did, and sends what Jira lacks.`);
    } catch (refusal) {
      raiseFlag(refusal.message, "danger");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  const update = ({ reconciled, toSendAgain }) => {
    setText(words, checkedWords(reconciled, toSendAgain));
    words.title = reconciled.upTo ? clock(reconciled.upTo) : "";
  };
  return { element: make("div", { class: "row spread" }, words, button), update };
}

function checkedWords({ upTo, found, foundAt }, toSendAgain) {
  const parts = [
    upTo ? `Everything up to ${ago(upTo)} is known to be in Jira.` : "Not compared with Azure DevOps yet.",
  ];
  if (found)
    parts.push(
      `${count(found, "thing")} no event had told of ${found === 1 ? "was" : "were"} added, last ${ago(foundAt)}.`,
    );
  if (toSendAgain) parts.push(`${count(toSendAgain, "thing")} to be sent again.`);
  return parts.join(" ");
}

function problemRow({ severity, detail }) {
  return { element: messageBox(severity === "error" ? "danger" : "warning", null, detail), update: () => {} };
}

function subscriptionRow({ eventType }) {
  const state = lozenge("neutral", "");
  const element = make("li", {}, make("span", {}, eventWords(eventType)), state);
  return { element, update: ({ status }) => setLozenge(state, ...statusWords(status)) };
}

function linkWords({ kinds, jiraProjects }) {
  const target = jiraProjects?.length ? together(jiraProjects) : "all Jira projects";
  return `${kindWords(kinds)} to ${target}`;
}

// [tone, words] of all subscriptions of a link
export function subscriptionsWords(subscriptions) {
  const active = subscriptions.filter(({ status }) => status === "enabled").length;
  if (!subscriptions.length) return ["warning", "No subscriptions"];
  const tone = active === subscriptions.length ? "success" : "warning";
  return [tone, `${active} of ${count(subscriptions.length, "subscription")} active`];
}
