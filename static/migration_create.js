// A new migration: from where, into what, how much of it, and what is taken along.

import { call, listAll } from "./api.js";
import { comboField } from "./combobox.js";
import { make, setText } from "./elements.js";
import { choiceField, linesField, selectField, showFaults, textField } from "./forms.js";
import { messageBox } from "./messages.js";
import { needsSignIn, readerField } from "./migration_reader.js";

const SHOWN = 50; // options at once; more are found by typing
const OPTIONS = [
  ["comments", "Comments"],
  ["attachments", "Attachments"],
  ["links", "Links"],
];
const TOKEN_SEES = "What the token of the connection can see.";
const YOU_SEE = "What you can see in Azure DevOps.";
const NO_BOARD = "No board: iterations become no sprints";

// Fills `view` with the form; returns what ends its looking. Raises Refusal.
export async function showCreate(view) {
  const [connections, targets] = await Promise.all([listAll("connections"), listAll("migration-targets")]);
  const title = make("h1", { tabindex: "-1" }, "New migration");
  const words = make("p", { class: "subtle" }, "Nothing is read or written yet. The scan is the next step.");
  const back = make("a", { href: "#", class: "small" }, "All migrations");
  const head = make("header", { class: "page-head" }, make("div", {}, back, title, words));
  const fields = connections.length ? createFields(connections, targets) : null;
  view.replaceChildren(head, fields ? createForm(connections, fields) : nothingConnected());
  return fields?.reader.watch();
}

function nothingConnected() {
  const advice = "Open Apps > Crosswalk in Jira and connect the Azure DevOps organization that has the project.";
  return messageBox("warning", "No organization is connected", advice);
}

function createForm(connections, fields) {
  const every = Object.values(fields);
  const notices = make("div", { role: "alert", class: "notices" });
  const status = make("span", { class: "small subtle", role: "status" });
  const save = make("button", { type: "submit", class: "button primary" }, "Make migration");
  const cancel = make("a", { href: "#", class: "button quiet" }, "Cancel");
  const advanced = make("details", {}, make("summary", {}, "Advanced"), fields.wiql.element);
  const form = make("form", { class: "settings", novalidate: true });
  form.append(
    section("From Azure DevOps", fields.connection.element, fields.reader.element, fields.project.element),
    section("Into Jira", fields.target.element, fields.board.element),
    section("Which work items", fields.area.element, fields.types.element, advanced),
    section("What comes along", fields.options.element),
    notices,
    make("div", { class: "save-bar row" }, save, cancel, status),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.hasAttribute("aria-disabled")) return;
    save.setAttribute("aria-disabled", "true");
    setText(status, "Looking whether both projects are there…");
    try {
      await submit(fields);
    } catch (refusal) {
      if (refusal.faults?.some(({ pointer }) => pointer === "/scope/wiql")) advanced.open = true;
      if (needsSignIn(refusal)) fields.reader.tell(refusal, organizationOf(connections, fields.connection));
      else tellFaults(every, notices, refusal);
    } finally {
      save.removeAttribute("aria-disabled");
      setText(status, "");
    }
  });
  return form;
}

function section(title, ...elements) {
  return make("section", { class: "card" }, make("h2", {}, title), make("div", { class: "halves" }, ...elements));
}

function tellFaults(fields, notices, refusal) {
  const homeless = showFaults(fields, refusal.faults ?? []);
  const words = refusal.faults?.length ? "Nothing was made. Mend what is marked above." : refusal.message;
  notices.replaceChildren(messageBox("danger", null, words, ...homeless));
}

async function submit(fields) {
  const faults = missing(fields);
  if (faults.length) throw Object.assign(new Error("Some values are missing."), { faults });
  const made = await call("POST", "migrations", readDocument(fields));
  location.hash = `#${made.id}/scan`;
}

function missing({ project, target }) {
  const faults = [];
  const choose = (field, detail) => field.read() || faults.push({ pointer: field.pointer, detail });
  choose(project, "Choose one of the projects that are listed.");
  choose(target, "Choose one of the Jira projects that are listed.");
  return faults;
}

function organizationOf(connections, connection) {
  return connections.find(({ id }) => id === connection.read()).organization;
}

function readDocument({ connection, reader, project, target, board, area, types, wiql, options }) {
  const taken = options.read();
  return {
    connectionId: connection.read(),
    readAs: reader.read(),
    project: project.read(),
    jiraProject: target.read(),
    board: board.read() ? Number(board.read()) : null,
    scope: { areaPath: area.read() || null, types: types.read(), wiql: wiql.read().join("\n") || null },
    options: Object.fromEntries(OPTIONS.map(([name]) => [name, taken.includes(name)])),
  };
}

function createFields(connections, targets) {
  const connection = selectField({
    pointer: "/connectionId",
    label: "Organization",
    options: connections.map(({ id, organization }) => [id, organization]),
    value: connections[0].id,
  });
  const reader = readerField(connection, () => project.load());
  const project = projectField(connection, reader, () => organizationOf(connections, connection));
  const board = boardField();
  const target = comboField({
    pointer: "/jiraProject",
    label: "Jira project",
    hint: "It has to exist. Issues are added to it; what is in it stays as it is.",
    noun: ["Jira project", "Jira projects"],
    search: (text) =>
      pickFrom(
        targets.map(({ key, name }) => ({ key, label: `${name} (${key})` })),
        text,
      ),
    changed: (option) => board.load(option?.key ?? ""),
  });
  target.load();
  return { connection, reader, project, target, board, ...scopeFields() };
}

// Options whose label holds the text, SHOWN of them.
async function pickFrom(options, text) {
  const wanted = text.toLowerCase();
  return options.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, SHOWN);
}

// The projects of the chosen organization, read once for each, with the rights that are chosen.
function projectField(connection, reader, organization) {
  const known = new Map();
  const read = () => {
    const isMe = reader.read() === "me";
    const path = isMe
      ? `migration-sources/${connection.read()}/projects?readAs=me`
      : `connections/${connection.read()}/projects`;
    if (!known.has(path)) known.set(path, listAll(path));
    known.get(path).catch(() => known.delete(path));
    return known.get(path);
  };
  const field = comboField({
    pointer: "/project",
    label: "Project",
    hint: TOKEN_SEES,
    noun: ["project", "projects"],
    search: async (text) => {
      const found = await read();
      return pickFrom(
        found.map(({ id, name }) => ({ key: id, label: name })),
        text,
      );
    },
  });
  const readList = field.load;
  let asked = 0;
  field.load = async () => {
    const mine = ++asked;
    field.choose(null);
    showFaults([field], []);
    setText(field.notes.querySelector(".hint"), reader.read() === "me" ? YOU_SEE : TOKEN_SEES);
    try {
      await readList();
      if (mine === asked) reader.clear();
    } catch (refusal) {
      if (mine !== asked) return;
      if (reader.read() === "me") reader.tell(refusal, organization());
      else showFaults([field], [{ pointer: "/project", detail: refusal.message }]);
    }
  };
  connection.control.addEventListener("change", field.load);
  field.load();
  return field;
}

// The boards of the chosen Jira project; sprints are made on one.
function boardField() {
  const field = selectField({
    pointer: "/board",
    label: "Board for sprints",
    hint: "Iterations become sprints of this board.",
    options: [["", NO_BOARD]],
    value: "",
  });
  let asked = 0;
  field.load = async (key) => {
    const mine = ++asked;
    showFaults([field], []);
    show([]);
    if (!key) return;
    try {
      const boards = await listAll(`migration-targets/${encodeURIComponent(key)}/boards`);
      if (mine === asked) show(boards);
    } catch (refusal) {
      if (mine === asked) showFaults([field], [{ pointer: "/board", detail: refusal.message }]);
    }
  };
  const show = (boards) => {
    const fit = boards.filter(({ kind }) => kind !== "kanban");
    const choices = fit.map(({ id, name }, index) => make("option", { value: id, selected: index === 0 }, name));
    field.control.replaceChildren(...choices, make("option", { value: "", selected: !fit.length }, NO_BOARD));
  };
  return field;
}

function scopeFields() {
  return {
    area: textField({
      pointer: "/scope/areaPath",
      label: "Only this area",
      hint: "An area path, such as Webshop\\Checkout, with all areas below it. Empty: all.",
      autocomplete: "off",
      spellcheck: "false",
    }),
    types: linesField({
      pointer: "/scope/types",
      label: "Only these types",
      hint: "Names of work item types, one on a line, such as User Story. Empty: all.",
    }),
    wiql: linesField({
      pointer: "/scope/wiql",
      label: "Only what fits this condition (WIQL)",
      hint: "As after WHERE, for example [System.State] <> 'Removed' AND [System.ChangedDate] > @today - 365",
    }),
    options: choiceField({
      pointer: "/options",
      label: "Beside the work items themselves",
      options: OPTIONS,
      chosen: OPTIONS.map(([name]) => name),
    }),
  };
}
