// "Why is my commit not there?": one box for anything pasted, and what is known of it.

import { call, Refusal } from "./api.js";
import { comboField } from "./combobox.js";
import { make, setText } from "./elements.js";
import { showFaults } from "./forms.js";
import { lozenge, messageBox } from "./messages.js";
import { ago, clock, count, eventWords, together } from "./words.js";

const ISSUE_KEY = /^[A-Za-z][A-Za-z0-9_]+-[1-9][0-9]*$/;
const LONGEST_NAME = 200; // characters; the API takes no more
const GOOD = new Set(["accepted", "links", "sending", "removed"]);
const BAD = new Set(["refused_by_jira", "dead_letter", "unknown_issues"]);
const NOUNS = {
  commit: "Commit",
  branch: "Branch",
  pull_request: "Pull request",
  build: "Build",
  deployment: "Deployment",
  release: "Release",
  environment: "Environment",
  repository: "Repository",
  issue: "Issue",
  number: "Number",
  text: "Text",
};
const STATES = {
  accepted: ["success", "Accepted"],
  failed: ["danger", "Refused"],
  unknown: ["warning", "No such issue"],
  stale: ["warning", "To be sent again"],
  sending: ["information", "Being sent"],
  removing: ["information", "Being removed"],
};
const OUTCOMES = {
  sent: "Sent to Jira",
  unchanged: "Jira knew it already",
  "no keys": "No issue key counts",
  ignored: "Nothing that Jira shows",
  "not chosen": "Left out by a choice",
  dead: "Given up",
  waits: "Waiting for another try",
};
const LANES = { live: "by an event", reconcile: "by looking again", backfill: "by importing history" };

// Fills the panel of the page with the question and its answers.
export function explainPanel(panel) {
  const field = questionField();
  const button = make("button", { type: "submit", class: "button primary" }, "Explain");
  const status = make("p", { class: "hidden-text", role: "status" });
  const answer = make("div", { class: "explained" });
  const form = make("form", { class: "question", novalidate: true }, field.element, button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    setText(status, "Looking it up…");
    try {
      await ask(field, answer);
      setText(status, "The explanation is shown below.");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  const words =
    "Paste what you miss on an issue, or pick the issue. Crosswalk looks it up, and tells what it did with it and why.";
  panel.append(
    make("section", { class: "card" }, make("div", { class: "stack" }, make("p", {}, words), form)),
    status,
    answer,
  );
}

// Anything may be pasted. While it may be the name of an issue, issues are offered.
function questionField() {
  let isName = false;
  return comboField({
    pointer: "/text",
    label: "Commit, branch, pull request, build, release, its address, any text, or an issue",
    hint: "For example 4f2c81a, !128, build 5120, release 31, refs/heads/feature/SHOP-7, SHOP-7, or words of a summary",
    noun: ["issue", "issues"],
    asks: true,
    helps: true,
    maxlength: 4000,
    nothing: () => (isName ? "No issue fits this. It can be explained all the same." : ""),
    search: async (text) => {
      const { asked, items } = await offerIssues(text);
      isName = asked;
      return items.map(({ key, summary, issueType }) => ({ key, label: key, detail: summary, tag: issueType }));
    },
  });
}

// Raises Refusal, in words that tell how to go on without a list.
async function offerIssues(text) {
  if (!text || text.length > LONGEST_NAME) return { asked: false, items: [] };
  try {
    return await call("GET", `explain/issues?${new URLSearchParams({ query: text })}`);
  } catch ({ status, message }) {
    throw new Refusal(status, `Issues cannot be listed now. ${message} You can still type the whole key of an issue.`);
  }
}

async function ask(field, answer) {
  const text = field.read();
  showFaults([field], []);
  if (!text) return void showFaults([field], [{ pointer: "/text", detail: "Paste something first." }]);
  const query = ISSUE_KEY.test(text) ? `issueKey=${encodeURIComponent(text)}` : `text=${encodeURIComponent(text)}`;
  try {
    answer.replaceChildren(...show(await call("GET", `explain?${query}`)));
  } catch (refusal) {
    const homeless = showFaults([field], refusal.faults ?? []);
    if (!refusal.faults?.length || homeless.length) {
      answer.replaceChildren(messageBox("danger", "This cannot be explained now", refusal.message, ...homeless));
    }
  }
}

function show({ kind, id, verdict, keys, refused, sent, events, places }) {
  const name = kind === "text" ? "This text" : `${NOUNS[kind] ?? kind} ${id}`;
  return [
    messageBox(toneOf(verdict), name, verdict.sentence),
    places.length ? placesCard(places) : null,
    keys.length + refused.length ? keysCard(keys, refused) : null,
    sent.length ? sentCard(sent) : null,
    events.length ? eventsCard(events) : null,
  ].filter(Boolean);
}

function toneOf({ code }) {
  return GOOD.has(code) ? "success" : BAD.has(code) ? "danger" : "warning";
}

function placesCard(places) {
  const rows = places.map((place) => [
    make("span", {}, NOUNS[place.kind] ?? place.kind, " ", make("code", {}, shortId(place))),
    [place.project, place.repository].filter(Boolean).join(" / ") || place.repositoryId || "–",
    place.verdict.sentence,
  ]);
  return tableCard("Each of them", ["What", "Project and repository", "Verdict"], rows);
}

function keysCard(keys, refused) {
  const rows = [
    ...keys.map(({ key, text, rule }) => [text, lozenge("success", key), `Read by the rule “${rule}”`]),
    ...refused.map(({ key, text, reason }) => [text, lozenge("neutral", key), `Does not count: ${reason}`]),
  ];
  return tableCard("Issue keys", ["As written", "Key", "Why"], rows);
}

function sentCard(sent) {
  const rows = sent.map((row) => [
    make("span", {}, NOUNS[row.kind] ?? row.kind, " ", make("code", {}, shortId(row))),
    row.keys.length ? together(row.keys) : "–",
    make("span", {}, lozenge(...(STATES[row.state] ?? ["neutral", row.state])), row.answer ? ` ${row.answer}` : ""),
    make("span", { title: clock(row.sentAt) }, `${ago(row.sentAt)}, ${LANES[row.lane] ?? row.lane}`),
  ]);
  return tableCard("What Jira was sent", ["What", "Issues", "Jira’s answer", "When"], rows);
}

// Enough to know it again: eight characters of a commit, the last part of what has a path.
function shortId({ kind, id }) {
  return kind === "commit" ? id.slice(0, 8) : id.split("/").at(-1);
}

function eventsCard(events) {
  const rows = events.map((event) => [
    make("span", { title: clock(event.at) }, ago(event.at)),
    eventWords(event.type),
    outcomeWords(event),
    event.keys.length ? together(event.keys) : "–",
  ]);
  return tableCard("Events that told of it", ["When", "Event", "Outcome", "Issues"], rows);
}

function outcomeWords({ outcome, words, overCap }) {
  const cap = overCap ? `${count(overCap, "key")} beyond Jira’s limit left out.` : "";
  return [`${OUTCOMES[outcome] ?? outcome}.`, words, cap].filter(Boolean).join(" ");
}

function tableCard(title, heads, rows) {
  const head = make("thead", {}, make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words))));
  const body = make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell)))));
  const table = make("table", { class: "table" }, make("caption", { class: "hidden-text" }, title), head, body);
  return make("section", { class: "card" }, make("h2", {}, title), make("div", { class: "scroll" }, table));
}
