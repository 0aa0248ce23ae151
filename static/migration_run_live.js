// One run while it goes on: how far, how fast, what it waits for, and the buttons for it.

import { freshId, make, setText } from "./elements.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { runButtons } from "./migration_run_buttons.js";
import { phaseList, spokenProgress, sumPhases } from "./migration_run_phases.js";
import { problemLine } from "./migration_run_problems.js";
import { followRun } from "./migration_run_stream.js";
import { leftWords, number, phaseWords, runWords } from "./migration_run_words.js";
import { bytesWords, runKindWords } from "./migration_words.js";
import { ago, clock, count } from "./words.js";

const SPOKEN = 30_000; // milliseconds between two sentences for those who listen, while nothing but numbers changes

// A card that follows the run `id` from now on; `ended(run)` is called when it has come to its end.
export function liveRun(desk, id, ended) {
  const parts = cardParts(desk, id);
  const speaker = progressSpeaker(desk.wizard);
  let stopped = false;
  const show = (run) => {
    showRun(parts, desk, run);
    speaker.tell(run);
    if (run.endedAt !== null && !stopped) ended(run);
  };
  const tell = (words) => setText(parts.road, words);
  let stopFollowing = followRun(id, { show, tell });
  const stop = () => {
    stopped = true;
    stopFollowing();
  };
  // After a run was told something it is looked at anew: one that had ended may go on.
  parts.changed = () => {
    stopFollowing();
    stopFollowing = followRun(id, { show, tell });
  };
  return { element: parts.element, heading: parts.title, stop };
}

function cardParts(desk, id) {
  const heading = freshId("run");
  const parts = {
    title: make("h3", { id: heading, tabindex: "-1" }, "Run"),
    state: lozenge("neutral", "Reading"),
    since: make("p", { class: "small subtle" }),
    road: make("p", { class: "small", role: "status" }),
    notices: make("div", { class: "stack" }),
    bar: make("progress", { max: 1, value: 0, "aria-label": "The whole run" }),
    words: make("p", {}),
    facts: factList(),
    phases: phaseList(),
    counts: make("div", { class: "row" }),
    found: make("ul", { class: "findings" }),
    changed: () => {},
  };
  parts.buttons = runButtons(desk, id, () => parts.changed());
  const title = make(
    "div",
    { class: "card-title" },
    make("div", { class: "row" }, parts.title, parts.state),
    parts.since,
  );
  const head = make("div", { class: "card-head" }, title, parts.buttons.element);
  const whole = make("div", { class: "stack" }, parts.road, parts.notices, parts.words, parts.bar, parts.facts.element);
  parts.countsPart = part("Work items", parts.counts);
  parts.foundPart = part("Found on the way", parts.found);
  parts.bodies = [whole, part("Phases", parts.phases.element), parts.countsPart, parts.foundPart];
  parts.element = make("section", { class: "card run", "aria-labelledby": heading }, head, ...parts.bodies);
  for (const body of [parts.buttons.element, ...parts.bodies.slice(1)]) body.hidden = true; // until the run is read
  return parts;
}

function part(title, content) {
  return make("div", { class: "stack" }, make("h4", {}, title), content);
}

function showRun(parts, desk, run) {
  for (const body of [parts.buttons.element, ...parts.bodies]) body.hidden = false;
  setText(parts.title, runKindWords(run.kind));
  setLozenge(parts.state, ...runWords(run));
  setText(parts.since, sinceWords(run));
  parts.since.title = clock(run.startedAt);
  showNotices(parts.notices, run);
  showWhole(parts, run);
  parts.facts.update(run);
  parts.phases.update(run);
  showCounts(parts, run);
  showFound(parts, desk, run);
  parts.buttons.update(run);
}

function sinceWords({ startedAt, endedAt, mappingVersion }) {
  const times = endedAt ? `Started ${ago(startedAt)}, ended ${ago(endedAt)}` : `Started ${ago(startedAt)}`;
  const rest = endedAt ? "" : " You may close this page: workers go on without it.";
  return `${times}, with version ${mappingVersion} of the mapping.${rest}`;
}

// Only what changed is replaced, so that nobody hears the same twice.
function showNotices(notices, run) {
  const found = listNotices(run);
  const key = JSON.stringify(found);
  if (notices.dataset.shown === key) return;
  notices.dataset.shown = key;
  notices.replaceChildren(...found.map(([tone, title, words]) => messageBox(tone, title, words)));
}

function listNotices({ state, waiting, settling, error }) {
  const found = [];
  if (error) found.push(["danger", "The run could not go on", error.detail]);
  if (waiting && (settling || ["queued", "running"].includes(state))) {
    const until = waiting.until ? ` Crosswalk tries again at ${new Date(waiting.until).toLocaleTimeString()}.` : "";
    found.push(["warning", "Waiting", `${waiting.why}${until}`]);
  }
  if (settling)
    found.push(["information", "Settling", "It has stopped. What was on its way to Jira is being looked after."]);
  if (state === "pausing")
    found.push(["information", "Pausing", "What is on its way to Jira ends first; that takes seconds."]);
  if (state === "paused")
    found.push(["information", "Paused", "Nothing is written until somebody resumes the run. It can wait for days."]);
  return found;
}

function showWhole({ bar, words }, run) {
  const [done, total] = sumPhases(run);
  const isPlanning = run.phase === "plan" || run.phase === "repair";
  bar.max = Math.max(1, total);
  if (isPlanning && run.state === "running") bar.removeAttribute("value");
  else bar.value = done;
  const share = total ? Math.floor((done / total) * 100) : 0;
  if (isPlanning)
    setText(
      words,
      total ? `${phaseWords(run.phase)}: ${count(total, "thing")} to do so far.` : `${phaseWords(run.phase)}.`,
    );
  else setText(words, total ? `${number(done)} of ${number(total)} done, ${share} %` : "Nothing was in scope.");
}

function factList() {
  const names = {
    rate: "Speed",
    left: "Time left",
    calls: "Calls to Jira",
    points: "Points",
    ado: "Calls to Azure DevOps",
    bytes: "Files",
  };
  const values = Object.fromEntries(Object.keys(names).map((name) => [name, make("dd", {})]));
  const element = make("dl", { class: "facts" });
  for (const [name, words] of Object.entries(names))
    element.append(make("div", {}, make("dt", {}, words), values[name]));
  const update = (run) => {
    setText(values.rate, run.rate === null ? "–" : `${number(Math.round(run.rate))} a minute`);
    setText(values.left, run.etaSeconds === null ? "–" : leftWords(run.etaSeconds));
    setText(values.calls, number(run.jiraCalls));
    setText(values.points, number(run.points));
    setText(values.ado, number(run.adoCalls));
    setText(values.bytes, bytesWords(run.bytes));
  };
  return { element, update };
}

function showCounts({ counts, countsPart }, run) {
  const tones = {
    created: "success",
    adopted: "success",
    updated: "success",
    unchanged: "success",
    failed: "danger",
    skipped: "warning",
  };
  const found = Object.entries(run.counts).filter(([, amount]) => amount);
  countsPart.hidden = !found.length;
  const names = { planned: "planned", sending: "on their way" };
  counts.replaceChildren(
    ...found.map(([state, amount]) => lozenge(tones[state] ?? "neutral", `${number(amount)} ${names[state] ?? state}`)),
  );
}

function showFound({ found, foundPart }, desk, { problems }) {
  foundPart.hidden = !problems.length;
  const key = JSON.stringify(problems);
  if (found.dataset.shown === key) return;
  found.dataset.shown = key;
  found.replaceChildren(...problems.map((problem) => problemLine(problem, desk.addressOf)));
}

// Says a new state or phase at once, numbers now and then.
function progressSpeaker(wizard) {
  let said = "";
  let last = 0;
  let waited;
  const tell = (run) => {
    const mark = `${run.state} ${run.phase} ${run.waiting?.why ?? ""}`;
    if (mark === said && (run.endedAt !== null || Date.now() - last < SPOKEN)) return;
    if (run.waiting?.why !== waited) wizard.refresh().catch(() => {}); // its reader may have to sign in
    waited = run.waiting?.why;
    said = mark;
    last = Date.now();
    const waiting = run.waiting ? ` Waiting: ${run.waiting.why}` : "";
    const words = run.state === "running" ? spokenProgress(run) : `${runWords(run)[1]}.`;
    wizard.announce(`${words}${waiting}`);
  };
  return { tell };
}
