// After a run: read everything back once more, and make right what failed or differs.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { messageBox } from "./messages.js";
import { spokenProgress } from "./migration_run_phases.js";
import { followRun } from "./migration_run_stream.js";
import { runWords } from "./migration_run_words.js";
import { count } from "./words.js";

// What verifying found, with its buttons; `changed()` shows the report anew when the run has ended again.
export function repairPart(desk, report, run, changed) {
  if (run.endedAt === null) return followPart(desk, run, changed);
  if (report.state !== "done") return null;
  const { broken } = report;
  const mendable = broken - countFinal(report);
  const verified = run.phases.some(({ phase }) => phase === "verify");
  const verify = make("button", { type: "button", class: "button" }, verified ? "Verify again" : "Verify");
  const repair = make("button", { type: "button", class: "button primary" }, "Repair…");
  verify.addEventListener("click", () => startVerify(desk, report, verify, changed));
  repair.addEventListener("click", async () => (await askToRepair(desk, report, mendable)) && showAnew(desk, changed));
  const row = make("div", { class: "row" }, verify, mendable ? repair : null);
  const tone = verified ? "success" : "information";
  return messageBox(broken ? "warning" : tone, ...verdictWords(report, run), row);
}

// What a repair does not try again.
function countFinal({ flaws }) {
  return flaws.reduce((sum, flaw) => sum + (flaw.repairable ? 0 : flaw.count), 0);
}

function verdictWords({ differences }, { phases }) {
  const verified = phases.find(({ phase }) => phase === "verify");
  const different = Object.values(differences ?? {}).reduce((sum, amount) => sum + amount, 0);
  if (different)
    return [
      `${count(different, "thing differs", "things differ")} from what was sent`,
      "Repair makes them right; what somebody changed in Jira since is overwritten by it.",
    ];
  if (!verified)
    return [
      "Nothing was read back yet",
      "Verifying reads what this run wrote from Jira, and compares it with what was sent.",
    ];
  return ["No difference was found", "What this run wrote was read back from Jira, and is as it was sent."];
}

async function startVerify(desk, report, button, changed) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await call("POST", `runs/${report.id}/verify`);
    await showAnew(desk, changed);
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function askToRepair({ wizard }, report, mendable) {
  const what = count(mendable, "thing that failed or is not right is", "things that failed or are not right are");
  const words = `${what} written into ${wizard.migration.jiraProject} again. What is right is left as it is.`;
  return askWith({
    title: "Repair this run?",
    content: [
      make("p", {}, words),
      make("p", {}, "What somebody changed in Jira since, in a field that was migrated, is overwritten."),
    ],
    action: "Repair",
    busy: "Starting…",
    act: () => call("POST", `runs/${report.id}/repair`),
  });
}

// The run goes on, or goes on again: its progress in one line, and the report anew when it has ended.
function followPart(desk, run, changed) {
  const words = make("p", {}, "");
  const link = make("a", { class: "button", href: `#${desk.wizard.migration.id}/run` }, "See its progress");
  const show = (now) => {
    setText(words, `${runWords(now)[1]}. ${spokenProgress(now)}`);
    if (now.endedAt !== null && !desk.stopped) end(desk, changed);
  };
  show(run);
  desk.stopFollowing = followRun(run.id, { show, tell: () => {} });
  desk.wizard.announce(words.textContent);
  return messageBox("information", "The run is at work", words, make("div", {}, link));
}

async function showAnew(desk, changed) {
  await changed();
  desk.place.querySelector("h3")?.focus();
}

async function end(desk, changed) {
  try {
    await showAnew(desk, changed);
    desk.wizard.announce("The run has ended. The report is up to date.");
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  }
}
