// One migration, step by step: its heading, the list of steps, and the step that is open.

import * as api from "./api.js";
import { freshId, make, setText } from "./elements.js";
import { messageBox } from "./messages.js";
import { readerBar } from "./migration_reader.js";
import { findStep, STEPS } from "./migration_steps.js";

const PATIENCE = 1_000; // a load that takes longer is said aloud

// Shows a migration in `view`. Raises Refusal. The steps are given this wizard:
//   migration   as GET /api/migrations/{id} answers it; `refresh()` reads it anew
//   api         static/api.js
//   go(step)    opens another step
//   problem       of the check, to which the mapping leads when it is opened next
//   announce(words)    tells those who listen
//   hold(isChanged)    while isChanged() is true, nobody leaves the step without being asked
// A step fills the element it is given and returns a function that ends its timers and streams.
export async function openWizard(view, id, announce) {
  const parts = wizardParts(() => wizard.refresh());
  const held = { isChanged: () => false };
  const wizard = {
    migration: await api.call("GET", `migrations/${id}`),
    api,
    said: "",
    announce: (words) => {
      wizard.said = words;
      announce(words);
    },
    go: (name) => (location.hash = `#${id}/${name}`),
    refresh: async () => {
      const { scan } = wizard.migration;
      wizard.migration = await api.call("GET", `migrations/${id}`);
      parts.reader.update(wizard.migration);
      showSteps(parts, wizard.migration);
      // What somebody else sees, who read before, counts no more
      if (scan && !wizard.migration.scan && !held.isChanged()) opener.open(parts.current, false);
    },
    hold: (isChanged) => (held.isChanged = isChanged),
  };
  setText(parts.title, `${wizard.migration.project.name} to ${wizard.migration.jiraProject}`);
  setText(parts.source, sourceWords(wizard.migration));
  parts.reader.update(wizard.migration);
  view.replaceChildren(...parts.elements);
  const opener = stepOpener(parts, wizard, held);
  const stopWatching = parts.reader.watch();
  const leave = () => {
    opener.leave();
    stopWatching();
  };
  return { ...opener, leave, migration: wizard.migration, isChanged: () => held.isChanged() };
}

function wizardParts(refresh) {
  const title = make("h1", {});
  const source = make("p", { class: "subtle" });
  const back = make("a", { href: "#", class: "small" }, "All migrations");
  const list = make("ol", { class: "steps" });
  const nav = make("nav", { "aria-label": "Steps of the migration" }, list);
  const id = freshId("step");
  const heading = make("h2", { id, tabindex: "-1" });
  const body = make("div", { class: "step-body" });
  const section = make("section", { class: "step", "aria-labelledby": id }, heading, body);
  const head = make("header", { class: "page-head" }, make("div", {}, back, title, source));
  const reader = readerBar(refresh);
  const elements = [head, reader.element, nav, section];
  return { title, source, reader, list, heading, section, body, current: "", elements };
}

function sourceWords({ organization, jiraProject, project }) {
  const from = organization ? `the organization ${organization}` : "an organization that was removed since";
  return `Work items of ${project.name} in ${from} become issues of the Jira project ${jiraProject}.`;
}

function showSteps(parts, migration) {
  parts.list.replaceChildren(
    ...STEPS.map(({ name, title, needs }, index) => {
      const current = name === parts.current ? "step" : null;
      const number = make("span", { class: "step-number", "aria-hidden": "true" }, index + 1);
      const why = needs(migration);
      const words = make("span", {}, title, why ? make("span", { class: "small step-why" }, why) : null);
      const attributes = { "aria-current": current, class: "step-name" };
      if (why && !current) return make("li", {}, make("span", attributes, number, words));
      return make("li", {}, make("a", { ...attributes, href: `#${migration.id}/${name}` }, number, words));
    }),
  );
}

function stepOpener(parts, wizard, held) {
  let opened = 0;
  let stop = () => {};
  const leave = () => {
    opened += 1;
    held.isChanged = () => false;
    stop();
    stop = () => {};
  };
  const open = async (name, focuses = true) => {
    leave();
    const mine = opened;
    const step = findStep(name);
    parts.current = name;
    document.title = `${step.title}: ${parts.title.textContent}`;
    setText(parts.heading, step.title);
    showSteps(parts, wizard.migration);
    if (focuses) parts.heading.focus();
    const place = make("div", { class: "step-place" });
    parts.body.replaceChildren(place);
    const why = step.needs(wizard.migration);
    if (why) return place.append(tooEarly(step, why, wizard));
    const ended = await show(step, place, wizard, () => open(name));
    if (mine === opened) stop = ended;
    else ended();
  };
  return { open, leave };
}

function tooEarly(step, why, { migration }) {
  const before = STEPS.findLast(({ needs }) => needs(migration) === "");
  const link = make("a", { class: "button", href: `#${migration.id}/${before.name}` }, `Go to ${before.title}`);
  return messageBox("information", `${step.title} comes ${why}`, link);
}

// What ends the step; a step that cannot be shown says why, and can be tried again.
async function show(step, place, wizard, again) {
  const reading = `Reading ${step.title.toLowerCase()}…`;
  wizard.announce("");
  const slow = setTimeout(() => wizard.announce(reading), PATIENCE);
  try {
    return (await (await step.load())(place, wizard)) ?? (() => {});
  } catch (refusal) {
    if (!(refusal instanceof api.Refusal)) reportError(refusal);
    const words = refusal instanceof api.Refusal ? refusal.message : "Reload the page and try again.";
    const retry = make("button", { type: "button", class: "button", onclick: again }, "Try again");
    place.replaceChildren(
      make("div", { role: "alert" }, messageBox("danger", "This step cannot be shown", words, retry)),
    );
    return () => {};
  } finally {
    clearTimeout(slow);
    if (wizard.said === reading) wizard.announce(""); // what the step itself says stays
  }
}
