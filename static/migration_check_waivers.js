// Waiving an error by its code: the mapping keeps which codes are accepted.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { make } from "./elements.js";
import { raiseFlag } from "./flags.js";

// A button with `update()`; `changed()` is called when the problem was waived or counts again.
export function waiverButton(desk, problem, changed) {
  const element = make("button", { type: "button", class: "button compact" });
  element.addEventListener("click", async () => {
    const waives = !problem.waived;
    const done = await (waives ? askToWaive(desk, problem) : takeBack(desk, problem, element));
    if (!done) return;
    desk.waive(problem.code, waives);
    changed();
    raiseFlag(waives ? `${problem.code} was waived.` : `${problem.code} counts again.`);
  });
  const update = () => {
    const words = problem.waived ? "Take the waiver back" : "Waive";
    element.replaceChildren(words, make("span", { class: "hidden-text" }, ` ${problem.code}`));
  };
  return { element, update };
}

function askToWaive(desk, { code, detail, advice }) {
  const after =
    "A run may start in spite of all problems of this code, now and later. What does not arrive is told in the " +
    "report. You can take the waiver back here.";
  return askWith({
    title: `Waive ${code}?`,
    content: [make("p", {}, detail), make("p", { class: "subtle" }, advice), make("p", {}, after)],
    action: "Waive",
    busy: "Saving…",
    tone: "danger",
    act: () => saveWaiver(desk, code, true),
  });
}

async function takeBack(desk, { code }, button) {
  if (button.hasAttribute("aria-disabled")) return false;
  button.setAttribute("aria-disabled", "true");
  try {
    return await saveWaiver(desk, code, false);
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
    return false;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// A new version of the mapping, which is read anew so that nothing of it is lost. Raises Refusal.
async function saveWaiver({ wizard }, code, waives) {
  const path = `migrations/${wizard.migration.id}/mapping`;
  const mapping = await call("GET", path);
  const others = mapping.waivers.filter((waiver) => waiver !== code);
  await call("PUT", path, { ...mapping, waivers: waives ? [...others, code] : others });
  await wizard.refresh();
  return true;
}
