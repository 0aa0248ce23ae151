// What a person may tell a run: pause, resume, cancel; verify again, repair.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";

// What is cancelled, and what comes of it; `lines` of the key of the Jira project.
const CANCEL = {
  run: {
    title: "Cancel this run?",
    action: "Cancel the run",
    lines: (project) => [
      `What is on its way is looked after, the rest is skipped. What was made in ${project} stays there.`,
      "It cannot go on then. A new run adopts the issues that are there and makes none twice. " +
        "To go on later, pause it instead.",
    ],
  },
  verify: {
    title: "Cancel verifying?",
    action: "Cancel verifying",
    lines: () => [
      "Verifying writes nothing to Jira. The run is done then, as it was before; " +
        "of what was not read back by now, the report tells what was found the time before.",
      "You can verify it again at any time.",
    ],
  },
  repair: {
    title: "Cancel the repair?",
    action: "Cancel the repair",
    lines: (project) => [
      `What is on its way is looked after. What was repaired in ${project} stays repaired, the rest is as it was.`,
      "The run is done then, as it was before. You can repair it again at any time.",
    ],
  },
};

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
  const seen = { run: null };
  cancel.addEventListener("click", async () => (await askToCancel(desk, seen.run)) && changed());
  const update = (run) => {
    seen.run = run;
    setText(cancel, cancelWords(run).action);
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

function askToCancel({ wizard }, run) {
  const { title, action, lines } = cancelWords(run);
  return askWith({
    title,
    content: lines(wizard.migration.jiraProject).map((words) => make("p", {}, words)),
    action,
    busy: "Cancelling…",
    tone: "danger",
    act: () => call("POST", `runs/${run.id}/cancel`),
  });
}

// A run that was done before is verified again or repaired: cancelling that leaves it done.
function cancelWords({ wasDone, phase }) {
  if (!wasDone) return CANCEL.run;
  return phase === "verify" || phase === "report" ? CANCEL.verify : CANCEL.repair;
}
