// The import of a project's history: how far it is, what failed, and the buttons for it.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { freshId, keepChildren, make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { textField } from "./forms.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { count, KINDS } from "./words.js";

const REFRESH = 3_000; // milliseconds between two looks at an open list
const SHOWN = 200; // rows at once; more are found by the filter
const STATES = {
  queued: ["information", "Waiting for its turn"],
  running: ["information", "Importing"],
  pausing: ["neutral", "Pausing"],
  paused: ["neutral", "Paused"],
  done: ["success", "Imported"],
  failed: ["danger", "Failed"],
};
const NAMES = new Map(KINDS);

// A part with `update(brief)`, `brief` being `backfill` of the project's health, null before the first import.
export function historyPart(connection, project) {
  const path = `connections/${connection.id}/projects/${project.id}/backfill`;
  const state = lozenge("neutral", "");
  const bar = make("progress", { max: 1, value: 0, "aria-label": `History of ${project.name}` });
  const words = make("span", { class: "small subtle" });
  const buttons = historyButtons(path, project, () => list.refresh());
  const list = partList(path);
  const head = make(
    "div",
    { class: "row spread" },
    make("div", { class: "row" }, make("strong", {}, "History"), state, words),
  );
  head.append(buttons.element);
  const element = make("div", { class: "history" }, head, bar, list.element);
  const update = (brief) => {
    bar.hidden = !brief || brief.state === "done";
    list.element.hidden = !brief;
    buttons.update(brief);
    if (!brief) {
      setLozenge(state, "neutral", "Not imported");
      return setText(words, "");
    }
    setLozenge(state, ...stateWords(brief));
    bar.max = Math.max(1, brief.total);
    bar.value = brief.done;
    setText(words, partWords(brief));
  };
  return { element, update };
}

function stateWords({ state, failed, incomplete, stalled }) {
  if (stalled) return ["warning", "Not moving"];
  return (failed || incomplete) && state === "done" ? ["warning", "Imported in part"] : STATES[state];
}

function partWords({ done, total, failed, incomplete, waitsFor }) {
  const words = [`${done.toLocaleString("en")} of ${count(total, "part")}`];
  if (failed) words.push(`${failed} failed`);
  if (incomplete) words.push(`${incomplete} not whole`);
  return [words.join(", "), waitsFor].filter(Boolean).join(". ");
}

function historyButtons(path, project, changed) {
  const button = (words, act) => {
    const made = make("button", { type: "button", class: "button compact" }, words);
    made.setAttribute("aria-label", `${words}: history of ${project.name}`);
    made.addEventListener("click", () => run(made, act, changed));
    return made;
  };
  const start = button("Import history", () => startHistory(path, project));
  const pause = button("Pause", () => call("POST", `${path}/pause`));
  const resume = button("Resume", () => call("POST", `${path}/resume`));
  const retry = button("Retry failed", () => call("POST", `${path}/retry-failed`));
  const update = (brief) => {
    pause.hidden = !["queued", "running"].includes(brief?.state);
    resume.hidden = brief?.state !== "paused";
    retry.hidden = !(brief?.failed || brief?.incomplete) || ["pausing", "paused"].includes(brief.state);
  };
  return { element: make("div", { class: "row" }, retry, pause, resume, start), update };
}

async function run(button, act, changed) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await act();
    await changed();
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function startHistory(path, project) {
  const since = textField({
    pointer: "/since",
    label: "From which day on?",
    type: "date",
    value: monthsAgo(6),
    max: monthsAgo(0),
    hint: "Branches are imported whatever their age. What Jira has already is not sent twice.",
  });
  const words = "The newest comes first. Events go on as ever, and issues are not moved by what is imported.";
  const done = await askWith({
    title: `Import the history of ${project.name}`,
    content: [make("p", {}, words)],
    fields: [since],
    action: "Import",
    busy: "Starting…",
    act: () => {
      const faults = [{ pointer: "/since", detail: "Choose a day." }];
      if (!since.read()) throw Object.assign(new Error("A day is missing."), { faults });
      return call("POST", path, { since: since.read() });
    },
  });
  if (done) raiseFlag(`The history of ${project.name} is being imported.`);
}

function monthsAgo(months) {
  const day = new Date();
  day.setUTCMonth(day.getUTCMonth() - months);
  return day.toISOString().slice(0, 10);
}

// The parts one by one, read while the list is open.
function partList(path) {
  const id = freshId("parts");
  const note = make("div", {});
  const body = make("tbody", {});
  const heads = ["Repository", "What", "State", "Read"].map((words) => make("th", { scope: "col" }, words));
  const table = make("table", { class: "table small" }, make("thead", {}, make("tr", {}, ...heads)), body);
  const only = make("input", { type: "checkbox", id });
  const choice = make("label", { for: id, class: "row small" }, only, "Only what failed or waits");
  const more = make("p", { class: "small subtle" });
  const element = make("details", { class: "small" }, make("summary", {}, "Repository by repository"), note, choice);
  element.append(
    make("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": "Parts of the history" }, table),
    more,
  );
  const rows = new Map();
  let found = null;
  const show = () => {
    const wanted = found.repositories.filter((part) => !only.checked || part.error || part.state === "failed");
    keepChildren(body, rows, wanted.slice(0, SHOWN), ({ repositoryId, kind }) => `${repositoryId}/${kind}`, partRow);
    setText(more, wanted.length > SHOWN ? `${count(wanted.length - SHOWN, "more part")} not shown.` : "");
    note.replaceChildren(...notices(found));
  };
  const refresh = async () => {
    if (!element.open) return;
    try {
      found = await call("GET", path);
      show();
    } catch (refusal) {
      note.replaceChildren(messageBox("warning", "The list is not up to date", refusal.message));
    }
  };
  element.addEventListener("toggle", refresh);
  only.addEventListener("change", () => found && show());
  setInterval(() => element.isConnected && document.visibilityState === "visible" && refresh(), REFRESH);
  return { element, refresh };
}

function notices({ stalled, waitsFor, repositories }) {
  const found = [];
  const advice = "Look whether a worker runs. When one does, pause and resume.";
  if (!repositories.length) found.push(messageBox("information", null, "Looking which repositories there are…"));
  if (stalled) found.push(messageBox("warning", "Nothing has moved for ten minutes", advice));
  if (waitsFor) found.push(messageBox("information", "Waiting", waitsFor.detail));
  const refused = repositories.reduce((sum, part) => sum + part.refused, 0);
  if (refused) {
    const words = `Entries that could not be read whole, or that Jira did not take: ${refused.toLocaleString("en")}.`;
    const next = "Retry failed reads their parts once more; look up with Explain what is still missing then.";
    found.push(messageBox("warning", null, `${words} ${next}`));
  }
  return found;
}

function partRow() {
  const [name, kind, read] = [make("td"), make("td"), make("td")];
  const state = lozenge("neutral", "");
  const error = make("p", { class: "small" });
  const element = make("tr", {}, name, kind, make("td", {}, state, error), read);
  const update = (part) => {
    setText(name, part.name || "–");
    setText(kind, NAMES.get(part.kind) ?? part.kind);
    setLozenge(state, ...STATES[part.state]);
    setText(error, part.error?.detail ?? "");
    setText(
      read,
      part.total === null
        ? part.done.toLocaleString("en")
        : `${part.done.toLocaleString("en")} of ${part.total.toLocaleString("en")}`,
    );
  };
  return { element, update };
}
