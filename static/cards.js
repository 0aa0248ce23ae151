// One card per connection: its light, what to do, the facts, its projects.

import { checkConnection, removeConnection, replaceToken } from "./connect.js";
import { freshId, keepChildren, make, setText } from "./elements.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { projectSection } from "./projects.js";
import { ratesPart } from "./rates.js";
import { ago, clock, count, duration, eventWords, milliseconds } from "./words.js";

const TONES = { green: "success", yellow: "warning", red: "danger" };

// A card with `update({connection, reading})`; `changed` is called after every change.
export function connectionCard({ connection }, changed) {
  const heading = freshId("connection");
  const light = lozenge("neutral", "Checking");
  const verdict = verdictPart();
  const facts = factList();
  const projects = projectSection(connection, changed);
  const link = make("a", { href: connection.organizationUrl, target: "_blank", rel: "noopener noreferrer" });
  link.append(connection.organization);
  const title = make("div", { class: "row" }, make("h2", { id: heading }, link), light);
  const check = make("button", { type: "button", class: "button" }, "Check now");
  const replace = make("button", { type: "button", class: "button" }, "Replace token");
  const remove = make("button", { type: "button", class: "button quiet" }, "Remove");
  const head = make("div", { class: "card-head" }, make("div", { class: "card-title" }, title, verdict.sentence));
  head.append(make("div", { class: "row" }, check, replace, remove));
  const element = make("section", { class: "card", "aria-labelledby": heading }, head, verdict.problems);
  const rates = ratesPart();
  element.append(facts.element, projects.element, rates.element);
  check.setAttribute("aria-label", `Check ${connection.organization} now`);
  check.addEventListener("click", () => checkConnection(connection, check));
  replace.setAttribute("aria-label", `Replace the token of ${connection.organization}`);
  remove.setAttribute("aria-label", `Remove ${connection.organization}`);
  replace.addEventListener("click", async () => {
    if (!(await replaceToken(connection, current.problems))) return;
    await changed();
    projects.reload();
  });
  remove.addEventListener("click", async () => {
    if (!(await removeConnection(connection))) return;
    await changed();
    document.querySelector("h1").focus();
  });
  const current = { problems: connection.problems };
  const update = (item) => {
    current.problems = item.connection.problems;
    verdict.update(item, light);
    facts.update(item);
    projects.update(item.reading?.links ?? []);
    rates.update(item.reading?.rates ?? []);
  };
  return { element, update };
}

function verdictPart() {
  const sentence = make("p", { class: "subtle" });
  const problems = make("div", { class: "problems", hidden: true });
  const children = new Map();
  const update = ({ connection, reading }, light) => {
    const found = reading?.problems ?? connection.problems;
    problems.hidden = !found.length;
    keepChildren(problems, children, found, ({ detail }) => detail, problemBox);
    if (!reading) return;
    setLozenge(light, TONES[reading.light.color], reading.light.word);
    setText(sentence, reading.light.sentence);
  };
  return { sentence, problems, update };
}

function problemBox({ severity, detail }) {
  return { element: messageBox(severity === "error" ? "danger" : "warning", null, detail), update: () => {} };
}

function factList() {
  const facts = {
    event: fact("Last event"),
    answer: fact("Last answer of Jira"),
    latency: fact("Time to Jira"),
    waiting: fact("Waiting"),
    letters: fact("Not delivered"),
    counts: fact("Accepted by Jira"),
  };
  const element = make("dl", { class: "facts" }, ...Object.values(facts).map((part) => part.element));
  const update = ({ reading }) => {
    if (!reading) return;
    showMoment(facts.event, reading.lastEvent, ({ type }) => eventWords(type), "None yet");
    showMoment(facts.answer, reading.lastAnswer, ({ words }) => answerWords(words), "None yet");
    const { depth, oldestSeconds } = reading.inbox;
    facts.waiting.show(depth ? count(depth, "event") : "Nothing", depth ? `oldest ${duration(oldestSeconds)}` : "");
    facts.letters.show(reading.deadLetters ? count(reading.deadLetters, "event") : "Nothing");
    showLatency(facts.latency, reading.latency);
    showCounts(facts.counts, reading.counts);
  };
  return { element, update };
}

function showLatency(part, latency) {
  if (!latency) return part.show("–", "no event in the last hour");
  part.show(milliseconds(latency.p50Milliseconds), `95 of 100 within ${milliseconds(latency.p95Milliseconds)}`);
}

function showCounts(part, { accepted, failed, unknownKeys }) {
  const words = [
    failed ? `${failed.toLocaleString("en")} refused` : "",
    unknownKeys ? count(unknownKeys, "unknown key") : "",
  ];
  part.show(accepted.toLocaleString("en"), words.filter(Boolean).join(", "));
}

function showMoment(part, moment, read, none) {
  if (moment) part.show(read(moment), ago(moment.at), clock(moment.at));
  else part.show(none);
}

function answerWords(words) {
  return words === "accepted" ? "Accepted" : "Refused in part";
}

function fact(name) {
  const value = make("span", {});
  const more = make("span", { class: "small subtle" });
  const element = make("div", {}, make("dt", {}, name), make("dd", {}, value, more));
  const show = (words, detail = "", title = "") => {
    setText(value, words);
    setText(more, detail);
    more.title = title;
  };
  return { element, show };
}
