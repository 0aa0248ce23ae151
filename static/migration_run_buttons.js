// What a person may tell a run: pause, resume, cancel; verify again, repair.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { make } from "./elements.js";
import { raiseFlag } from "./flags.js";

// Buttons with `update(run)`; `changed()` is called after the run was told something.
export function runButtons(desk, id, changed) {
  const pause = make("button", { type: "button", class: "button" }, "Pause");
  const resume = make("button", { type: "button", class: "button primary" }, "Resume");
  const cancel = make("button", { type: "button", class: "button quiet" }, "Cancel the run");
  const report = make("a", { class: "button primary", href: `#${desk.wizard.migration.id}/report` }, "Open the report");
  const element = make("div", { class: "row" }, pause, resume, cancel, report);
  const tell = (button, words) => tellRun(id, button, words, changed);
  pause.addEventListener("click", () => tell(pause, "pause"));
  resume.addEventListener("click", () => tell(resume, "resume"));
  cancel.addEventListener("click", async () => (await askToCancel(desk, id)) && changed());
  const update = (run) => {
    const hadFocus = element.contains(document.activeElement);
    pause.hidden = !["queued", "running"].includes(run.state);
    resume.hidden = !["pausing", "paused", "failed"].includes(run.state) || run.settling;
    cancel.hidden = !["queued", "running", "pausing", "paused", "failed"].includes(run.state);
    report.hidden = run.endedAt === null;
    report.className = resume.hidden ? "button primary" : "button";
    if (hadFocus && document.activeElement === document.body)
      [resume, pause, report].find((one) => !one.hidden)?.focus();
  };
  return { element, update };
}

async function tellRun(id, button, word, changed) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await call("POST", `runs/${id}/${word}`);
    changed();
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function askToCancel({ wizard }, id) {
  const { jiraProject } = wizard.migration;
  const words = `What is on its way is looked after, the rest is skipped. What was made in ${jiraProject} stays there.`;
  const after = "It cannot go on then. A new run adopts the issues that are there and makes none twice.";
  return askWith({
    title: "Cancel this run?",
    content: [make("p", {}, words), make("p", {}, `${after} To go on later, pause it instead.`)],
    action: "Cancel the run",
    busy: "Cancelling…",
    tone: "danger",
    act: () => call("POST", `runs/${id}/cancel`),
  });
}
