// The step before the first write: everything for which a run would fail or lose something.

import { call } from "./api.js";
import { make, setText } from "./elements.js";
import { messageBox } from "./messages.js";
import { problemGroup } from "./migration_check_problems.js";
import { findAddresses } from "./migration_run_problems.js";
import { askPatiently } from "./worker_asking.js";
import { count, together } from "./words.js";

const SEVERITIES = ["error", "warning", "info"];
const WORK =
  "A worker reads the Jira project with its types, fields and workflows as they are now, and holds the mapping and " +
  "the scan against them. It takes some seconds.";

// Fills `place` and begins to check at once, because nothing is written by it.
export async function showCheck(place, wizard) {
  const desk = { wizard, stopped: false, addressOf: await findAddresses(wizard.migration), groups: [] };
  const again = make("button", { type: "button", class: "button" }, "Check again");
  const busy = busyPart();
  const result = make("div", { class: "result" });
  const lead = "A check tells every reason for which a run would fail or lose something. It writes nothing anywhere.";
  place.append(
    make("div", { class: "row spread" }, make("p", { class: "subtle lead" }, lead), again),
    busy.element,
    result,
  );
  const check = () => runCheck(desk, { again, busy, result });
  again.addEventListener("click", check);
  check();
  return () => {
    desk.stopped = true;
    busy.stop();
  };
}

// What is being done, and for how long; the seconds are for eyes only.
function busyPart() {
  const words = make("p", {});
  const clock = make("span", { class: "small subtle", "aria-hidden": "true" });
  const spinner = make("span", { class: "spinner", "aria-hidden": "true" });
  const element = make("div", { class: "busy", hidden: true }, spinner, words, clock);
  let timer = 0;
  const start = () => {
    const began = Date.now();
    element.hidden = false;
    setText(words, WORK);
    setText(clock, "");
    timer = setInterval(() => setText(clock, `${Math.round((Date.now() - began) / 1000)} s`), 1_000);
  };
  const stop = () => {
    clearInterval(timer);
    element.hidden = true;
  };
  return { element, start, stop, say: (text) => setText(words, text) };
}

async function runCheck(desk, { again, busy, result }) {
  if (again.hasAttribute("aria-disabled")) return;
  again.setAttribute("aria-disabled", "true");
  busy.start();
  desk.wizard.announce(WORK);
  const say = (words) => {
    busy.say(words);
    desk.wizard.announce(words);
  };
  try {
    const ask = () => call("POST", `migrations/${desk.wizard.migration.id}/check`);
    const found = await askPatiently(ask, say);
    if (!desk.stopped) showResult(desk, result, found);
  } catch (refusal) {
    if (!desk.stopped) showFailure(desk, result, refusal);
  } finally {
    busy.stop();
    again.removeAttribute("aria-disabled");
  }
}

function showFailure(desk, result, refusal) {
  desk.wizard.announce("");
  const box = messageBox("danger", "The check did not come to an end", refusal.message);
  result.replaceChildren(make("div", { role: "alert" }, box));
}

function showResult(desk, result, { problems }) {
  const verdict = make("div", {});
  const changed = () => {
    const words = showVerdict(desk, verdict, problems);
    desk.groups.forEach((group) => group.update());
    desk.wizard.announce(words);
  };
  desk.waive = (code, waived) =>
    problems.filter((problem) => problem.code === code).forEach((problem) => (problem.waived = waived));
  desk.groups = SEVERITIES.map((severity) =>
    problemGroup(
      desk,
      severity,
      problems.filter((problem) => problem.severity === severity),
      changed,
    ),
  ).filter(Boolean);
  result.replaceChildren(verdict, ...desk.groups.map(({ element }) => element));
  changed();
}

// A run may start when no error is left that nobody waived; returns the sentence that says so.
function showVerdict({ wizard }, verdict, problems) {
  const blocking = problems.filter(({ severity, waived }) => severity === "error" && !waived).length;
  const rest = restWords(problems);
  if (blocking) {
    const title = `${count(blocking, "error keeps", "errors keep")} the run from starting`;
    const words = `Mend each in the mapping or in Jira, or waive it. ${rest}`;
    verdict.replaceChildren(messageBox("danger", title, words));
    return `${title}.`;
  }
  const link = (name, tone, words) =>
    make("a", { class: `button ${tone}`, href: `#${wizard.migration.id}/${name}` }, words);
  const links = [link("preview", "primary", "Look at a preview"), link("run", "", "Go to the run")];
  verdict.replaceChildren(messageBox("success", "The run may start", rest, make("div", { class: "row" }, ...links)));
  return "The run may start.";
}

function restWords(problems) {
  const amounts = [
    [problems.filter(({ severity }) => severity === "warning").length, "warning"],
    [problems.filter(({ severity }) => severity === "info").length, "note"],
    [problems.filter(({ waived }) => waived).length, "waived error"],
  ].filter(([amount]) => amount);
  const words = together(amounts.map(([amount, word]) => count(amount, word)));
  return words ? `Told besides: ${words}.` : "Nothing else was found.";
}
