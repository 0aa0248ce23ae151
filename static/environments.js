// Which environment is what for Jira: patterns by type, and what they make of the environments there are.

import { call, listAll } from "./api.js";
import { askWith } from "./dialogs.js";
import { make, setText } from "./elements.js";
import { linesField, selectField } from "./forms.js";
import { lozenge, messageBox } from "./messages.js";
import { count } from "./words.js";

const TYPES = [
  ["development", "Development"],
  ["testing", "Testing"],
  ["staging", "Staging"],
  ["production", "Production"],
  ["unmapped", "None of these"],
];
const TONES = {
  development: "neutral",
  testing: "information",
  staging: "warning",
  production: "success",
  unmapped: "danger",
};
const PAUSE = 400; // milliseconds after the last key before the preview is asked for

// A card with its `fields`, `read()` for the document, and `refresh()` after a save.
export function environmentsPart(kept) {
  const order = Object.keys(kept); // the first match counts, so the order that was chosen stays
  const rank = ([type]) => (order.includes(type) ? order.indexOf(type) : order.length);
  const fields = TYPES.toSorted((one, other) => rank(one) - rank(other)).map(([type, words]) => typeField(type, words, kept[type] ?? []));
  const preview = previewPart(() => read());
  const file = make("button", { type: "button", class: "button" }, "Import .jira/config.yml");
  const read = () =>
    Object.fromEntries(fields.map((field) => [field.type, field.read()]).filter(([, globs]) => globs.length));
  file.addEventListener("click", async () => {
    const found = await importFile();
    if (!found) return;
    for (const field of fields)
      if (found.mapping[field.type]) field.control.value = found.mapping[field.type].join("\n");
    preview.say(importWords(found));
    preview.ask();
  });
  for (const field of fields) field.control.addEventListener("input", preview.ask);
  const words =
    "Patterns come first; what none of them matches goes by the words in the name, such as qa, stage or prod.";
  const head = make("div", { class: "row spread" }, make("h2", {}, "Environments"), file);
  const grid = make("div", { class: "quarters" }, ...fields.map(({ element }) => element));
  const body = make("div", { class: "stack" }, make("p", { class: "subtle" }, words), grid, preview.element);
  return { element: make("section", { class: "card" }, head, body), fields, read, refresh: preview.load };
}

function typeField(type, label, value) {
  const field = linesField({ pointer: `/environmentMapping/${type}`, label, value, rows: 4 });
  return { ...field, type };
}

function importWords({ source, ignored }) {
  const left = ignored.length ? ` Left out: ${ignored.join(" ")}` : "";
  return `Filled in from ${source}. Nothing is saved yet.${left}`;
}

// The environments of the linked projects under the table as it stands in the form.
function previewPart(read) {
  const note = make("div", { role: "status" });
  const tried = make("input", {
    type: "text",
    placeholder: "For example eu-live-2",
    "aria-label": "Try a name",
    spellcheck: "false",
  });
  const body = make("tbody", {});
  const heads = ["Environment", "In Jira", "Because"].map((words) => make("th", { scope: "col" }, words));
  const table = make("table", { class: "table" }, make("thead", {}, make("tr", {}, ...heads)), body);
  const more = make("p", { class: "small subtle" });
  const element = make("div", { class: "stack" }, note, make("div", { class: "field filter" }, tried));
  element.append(
    make("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": "Preview" }, table),
    more,
  );
  let names = [];
  let pause = 0;
  const say = (words) => note.replaceChildren(messageBox("information", null, words));
  const show = async () => {
    const name = tried.value.trim();
    try {
      const { items } = await call("POST", "environments/preview", {
        names: [...(name ? [name] : []), ...names],
        mapping: read(),
      });
      body.replaceChildren(...items.map(previewRow));
    } catch (refusal) {
      note.replaceChildren(messageBox("warning", "The preview cannot be shown", refusal.message));
    }
  };
  const load = async () => {
    try {
      const found = await call("GET", "environments");
      names = found.items.map((item) => item.name).slice(0, 500);
      setText(
        more,
        names.length
          ? `${count(names.length, "environment")} of your linked projects.`
          : "No linked project has an environment yet.",
      );
      note.replaceChildren(...found.problems.map(({ detail }) => messageBox("warning", null, detail)));
    } catch (refusal) {
      note.replaceChildren(messageBox("warning", "The environments cannot be read", refusal.message));
    }
    await show();
  };
  const ask = () => {
    clearTimeout(pause);
    pause = setTimeout(show, PAUSE);
  };
  tried.addEventListener("input", ask);
  setText(more, "Reading the environments of your projects…");
  load();
  return { element, ask, load, say };
}

function previewRow({ name, type, reason }) {
  const cells = [make("strong", {}, name), lozenge(TONES[type], type), reason];
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
}

// Asks for a repository; resolves with what its file says, null when the person changed their mind.
async function importFile() {
  const options = await listRepositories();
  const repository = selectField({ pointer: "/repositoryId", label: "Repository", options });
  return askWith({
    title: "Import from a repository",
    content: [make("p", {}, "Reads deployments.environmentMapping of .jira/config.yml on the default branch.")],
    fields: [repository],
    action: "Read the file",
    busy: "Reading…",
    act: () => {
      const [connectionId, repositoryId] = repository.read().split("/");
      if (repositoryId) return call("POST", "environments/import", { connectionId, repositoryId });
      const faults = [{ pointer: "/repositoryId", detail: "Link a project with a repository first." }];
      throw Object.assign(new Error("There is no repository."), { faults });
    },
  });
}

async function listRepositories() {
  try {
    const connections = await listAll("connections");
    const found = await Promise.all(
      connections.map(async ({ id }) =>
        (await listAll(`connections/${id}/repositories`)).map((one) => [
          `${id}/${one.id}`,
          `${one.project} / ${one.name}`,
        ]),
      ),
    );
    return found.flat();
  } catch {
    return []; // the dialog says what to do
  }
}
