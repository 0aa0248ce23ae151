// The step that reads the project: start, progress, what it waits for, what it found.

import { call } from "./api.js";
import { make, setText } from "./elements.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { scanResult } from "./migration_scan_result.js";
import { stateWords } from "./migration_words.js";
import { ago, clock, count } from "./words.js";

const REFRESH = 1_500; // milliseconds between two looks while it runs
const STALLED = 120_000; // milliseconds without a page; a page takes seconds
const QUARTERS = 4; // how often a screen reader is told how far it is
const LEAD =
  "The scan reads every work item in scope, with its comments and links, and counts them. It changes nothing in Azure " +
  "DevOps or Jira, and keeps counts and ids, no texts.";
const OPEN = ["queued", "running"];
const GOES_ON = "goes on by itself.";
const NOT_YET = 404;

// Fills `place`; returns what ends the looking.
export async function showScan(place, wizard) {
  const desk = {
    wizard,
    parts: scanParts(),
    path: `migrations/${wizard.migration.id}/scan`,
    timer: 0,
    scan: undefined, // null when it was read and there is none
    told: -1,
  };
  for (const [name, path] of [
    ["start", ""],
    ["again", ""],
    ["on", ""],
    ["cancel", "/cancel"],
  ]) {
    desk.parts[name].addEventListener("click", () => act(desk, desk.parts[name], path));
  }
  place.append(make("p", { class: "subtle lead" }, LEAD), ...desk.parts.elements);
  show(desk, await read(desk));
  return () => clearTimeout(desk.timer);
}

function scanParts() {
  const button = (words, tone = "") => make("button", { type: "button", class: `button ${tone}` }, words);
  const [start, on, again, cancel] = [
    button("Start scan", "primary"),
    button("Go on", "primary"),
    button("Scan again"),
    button("Cancel scan"),
  ];
  const next = make("a", { class: "button primary" }, "Go to Mapping");
  const state = lozenge("neutral", "");
  const words = make("p", {});
  const bar = make("progress", { "aria-label": "Progress of the scan" });
  const notice = make("div", { class: "notices", role: "status" });
  const failure = make("div", { class: "notices", role: "alert" });
  const head = make("div", { class: "row spread" }, make("div", { class: "row" }, state, words));
  head.append(make("div", { class: "row" }, cancel, again, on, start, next));
  const progress = make(
    "section",
    { class: "card", "aria-label": "State of the scan" },
    make("div", { class: "scan-state" }, head, bar, notice, failure),
  );
  const result = make("div", { class: "stack wide-gap" });
  return { start, on, again, cancel, next, state, words, bar, notice, failure, result, elements: [progress, result] };
}

// The scan as the API tells it, null before the first one. Raises Refusal.
async function read({ path }) {
  try {
    return await call("GET", path);
  } catch (refusal) {
    if (refusal.status === NOT_YET) return null;
    throw refusal;
  }
}

async function act(desk, button, path) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  desk.parts.failure.replaceChildren();
  try {
    await call("POST", desk.path + path);
    show(desk, await read(desk));
    focusOn(desk.parts);
  } catch (refusal) {
    desk.parts.failure.replaceChildren(messageBox("danger", null, refusal.message));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// The button that was pressed is gone: the focus goes to the one that took its place.
function focusOn({ cancel, on, again, start, next }) {
  [cancel, on, next, start, again].find(({ hidden }) => !hidden)?.focus();
}

async function look(desk) {
  if (document.visibilityState === "visible") {
    try {
      const scan = await read(desk);
      desk.parts.failure.replaceChildren();
      return show(desk, scan);
    } catch (refusal) {
      if (!desk.parts.failure.childElementCount)
        desk.parts.failure.append(messageBox("warning", "This is not up to date", refusal.message));
    }
  }
  plan(desk);
}

function plan(desk) {
  clearTimeout(desk.timer);
  desk.timer = setTimeout(() => look(desk), REFRESH);
}

function show(desk, scan) {
  const { parts, wizard } = desk;
  const before = desk.scan;
  desk.scan = scan;
  const state = scan?.state;
  const open = OPEN.includes(state);
  parts.start.hidden = Boolean(scan);
  parts.cancel.hidden = !open;
  parts.on.hidden = state !== "failed";
  parts.again.hidden = !["done", "cancelled"].includes(state);
  parts.next.hidden = state !== "done";
  parts.next.href = `#${wizard.migration.id}/mapping`;
  setLozenge(parts.state, ...(scan ? stateWords(state) : ["neutral", "Not scanned yet"]));
  setText(parts.words, scan ? progressWords(scan) : "");
  showBar(parts.bar, scan, open);
  showNotice(parts.notice, scan);
  const isNewTrouble = before !== undefined && before?.error?.detail !== scan?.error?.detail;
  if (isNewTrouble) wizard.refresh().catch(() => {}); // who reads may have to sign in
  showResult(parts.result, scan, before);
  tell(desk, open);
  if (open) plan(desk);
  else if (before && OPEN.includes(before.state)) wizard.refresh().catch(() => {});
}

function progressWords({ state, done, total, endedAt }) {
  if (state === "done") return `${count(done, "work item")} read, ${ago(endedAt)}`;
  if (state === "queued") return "A worker takes it up in a moment.";
  if (total === null) return "Counting the work items in scope…";
  return `${done.toLocaleString("en")} of ${count(total, "work item")} read`;
}

// A bar without a value says that something is going on, not how far.
function showBar(bar, scan, open) {
  bar.hidden = !open;
  if (!scan || scan.total === null) return bar.removeAttribute("value");
  bar.max = Math.max(1, scan.total);
  bar.value = scan.done;
}

function showNotice(notice, scan) {
  const [tone, title, ...words] = noticeWords(scan) ?? [""];
  const fresh = [tone, title, ...words].join("\n");
  if (notice.dataset.shown === fresh) return;
  notice.dataset.shown = fresh;
  notice.replaceChildren(...(tone ? [messageBox(tone, title, ...words.filter(Boolean))] : []));
}

function noticeWords(scan) {
  if (!scan) return null;
  const { state, error, changedAt } = scan;
  if (state === "failed") return ["danger", "The scan failed", error.detail, adviceWords(error.code)];
  if (state === "cancelled")
    return [
      "information",
      "The scan was cancelled",
      "What it found until then is below. A mapping needs a whole scan.",
    ];
  if (!OPEN.includes(state)) return null;
  if (error) return ["information", "Waiting", error.detail, error.detail.endsWith(GOES_ON) ? "" : `The scan ${GOES_ON}`];
  if (Date.now() - Date.parse(changedAt) < STALLED) return null;
  const advice = "Ask the operator of Crosswalk whether a worker runs. The scan goes on by itself as soon as one does.";
  return ["warning", "Nothing moves", `Nothing has been read since ${clock(changedAt)}.`, advice];
}

function adviceWords(code) {
  if (["scope", "types", "wiql"].includes(code))
    return "Make a new migration with another scope. This one can be deleted.";
  if (code === "no_connection")
    return "Connect the organization again under Apps > Crosswalk, and make a new migration.";
  if (code === "project_gone")
    return "Look in Azure DevOps whether the project is still there, and who may see it; then choose Go on.";
  return "Choose Go on: it begins where it stopped.";
}

function showResult(result, scan, before) {
  if (!scan?.items || OPEN.includes(scan.state)) return result.replaceChildren();
  if (before?.changedAt === scan.changedAt && result.childElementCount) return;
  result.replaceChildren(...scanResult(scan));
}

// Tells those who listen, four times at most until the end.
function tell(desk, open) {
  const { scan, wizard } = desk;
  if (!scan) return;
  const share = open && scan.total ? Math.floor((scan.done / scan.total) * QUARTERS) : scan.state;
  if (share === desk.told) return;
  if (desk.told !== -1) wizard.announce(`Scan: ${stateWords(scan.state)[1].toLowerCase()}. ${progressWords(scan)}`);
  desk.told = share;
}
