// What a site chooses to see: one form, one document, saved as a whole.

import { call } from "./api.js";
import { make, setText } from "./elements.js";
import { environmentsPart } from "./environments.js";
import { raiseFlag } from "./flags.js";
import { choiceField, linesField, selectField, showFaults } from "./forms.js";
import { messageBox } from "./messages.js";
import { branchesPart } from "./settings_branches.js";
import { KINDS } from "./words.js";

const PARTIAL = [
  ["failed", "Failed"],
  ["successful", "Successful"],
];
const PATTERNS = "One on a line. * stands for anything, ? for one character; case does not count.";

// Fills the panel of the page; `open()` reads the settings the first time the panel is shown.
export function settingsPanel(panel) {
  let begun = false;
  const load = async () => {
    panel.replaceChildren(make("p", { class: "subtle", role: "status" }, "Reading the settings…"));
    try {
      panel.replaceChildren(settingsForm(await call("GET", "settings")));
    } catch (refusal) {
      const again = make("button", { type: "button", class: "button", onclick: load }, "Try again");
      panel.replaceChildren(messageBox("danger", "The settings cannot be shown", refusal.message, again));
    }
  };
  const open = () => {
    if (!begun) load();
    begun = true;
  };
  return { open };
}

function settingsForm(kept) {
  const fields = settingsFields(kept);
  const environments = environmentsPart(kept.environmentMapping);
  const branches = branchesPart(kept);
  const every = [...Object.values(fields), ...environments.fields, ...branches.fields];
  const notices = make("div", { role: "alert", class: "notices" });
  const status = make("span", { class: "small subtle", role: "status" });
  const save = make("button", { type: "submit", class: "button primary" }, "Save settings");
  const form = make("form", { class: "settings", novalidate: true });
  form.append(
    messageBox("information", null, kept.effect),
    section(
      "What is sent",
      fields.kinds,
      fields.repositoriesOnly,
      fields.repositoriesNever,
      fields.ignoredBranches,
      fields.ignoredAuthors,
      fields.repositoryProjects,
    ),
    environments.element,
    section(
      "Builds and deployments",
      fields.pipelinesOnly,
      fields.pipelinesNever,
      fields.partialBuildIs,
      fields.partialDeploymentIs,
      fields.pathFilters,
    ),
    branches.element,
    notices,
    make("div", { class: "save-bar row" }, save, status),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.hasAttribute("aria-disabled")) return;
    save.setAttribute("aria-disabled", "true");
    setText(status, "Saving…");
    try {
      await call("PUT", "settings", readDocument(fields, environments, branches));
      showFaults(every, []);
      notices.replaceChildren();
      raiseFlag("The settings were saved. They hold within seconds.");
      environments.refresh();
    } catch (refusal) {
      tellFaults(every, notices, refusal);
    } finally {
      save.removeAttribute("aria-disabled");
      setText(status, "");
    }
  });
  return form;
}

function tellFaults(fields, notices, refusal) {
  const homeless = showFaults(fields, refusal.faults ?? []);
  const words = refusal.faults?.length ? "Nothing was saved. Mend what is marked above." : refusal.message;
  notices.replaceChildren(messageBox("danger", null, words, ...homeless));
}

function section(title, ...fields) {
  const body = make("div", { class: "halves" }, ...fields.map(({ element }) => element));
  return make("section", { class: "card" }, make("h2", {}, title), body);
}

function settingsFields(kept) {
  const lines = (pointer, label, value, hint) => linesField({ pointer, label, value, hint });
  return {
    kinds: choiceField({
      pointer: "/kinds",
      label: "Kinds",
      options: KINDS,
      chosen: kept.kinds ?? KINDS.map(([kind]) => kind),
    }),
    repositoriesOnly: lines(
      "/repositories/only",
      "Only these repositories",
      kept.repositories.only,
      `${PATTERNS} Empty: all.`,
    ),
    repositoriesNever: lines("/repositories/never", "Never these repositories", kept.repositories.never),
    ignoredBranches: lines(
      "/ignoredBranches",
      "Ignore these branches",
      kept.ignoredBranches,
      "For example dependabot/*",
    ),
    ignoredAuthors: lines(
      "/ignoredAuthors",
      "Ignore commits and pull requests of these authors",
      kept.ignoredAuthors,
      "Names or mail addresses, for example *[bot]*",
    ),
    repositoryProjects: lines(
      "/repositoryProjects",
      "Repositories that may link to some Jira projects only",
      kept.repositoryProjects.map((row) => `${row.repositories} = ${row.projects.join(", ")}`),
      "One on a line: pattern = project keys, such as shop-* = SHOP, OPS. The first line that matches counts.",
    ),
    pipelinesOnly: lines("/pipelines/only", "Only these pipelines", kept.pipelines.only, `${PATTERNS} Empty: all.`),
    pipelinesNever: lines("/pipelines/never", "Never these pipelines", kept.pipelines.never),
    partialBuildIs: selectField({
      pointer: "/partialBuildIs",
      label: "A partially succeeded build is",
      options: PARTIAL,
      value: kept.partialBuildIs,
    }),
    partialDeploymentIs: selectField({
      pointer: "/partialDeploymentIs",
      label: "A partially succeeded deployment is",
      options: PARTIAL,
      value: kept.partialDeploymentIs,
    }),
    pathFilters: lines(
      "/pathFilters",
      "Pipelines of a shared repository: which paths count",
      kept.pathFilters.map((row) => `${row.pipelines} = ${row.paths.join(", ")}`),
      "One on a line: pattern = paths, such as Shop CI = src/shop, shared/*. Other commits are not told as shipped.",
    ),
  };
}

function readDocument(fields, environments, branches) {
  const kinds = fields.kinds.read();
  return {
    kinds: kinds.length === KINDS.length ? null : kinds,
    repositories: { only: fields.repositoriesOnly.read(), never: fields.repositoriesNever.read() },
    pipelines: { only: fields.pipelinesOnly.read(), never: fields.pipelinesNever.read() },
    repositoryProjects: readRows(fields.repositoryProjects, "repositories", "projects", "shop-* = SHOP, OPS"),
    ignoredBranches: fields.ignoredBranches.read(),
    ignoredAuthors: fields.ignoredAuthors.read(),
    partialBuildIs: fields.partialBuildIs.read(),
    partialDeploymentIs: fields.partialDeploymentIs.read(),
    pathFilters: readRows(fields.pathFilters, "pipelines", "paths", "Shop CI = src/shop"),
    environmentMapping: environments.read(),
    ...branches.read(),
  };
}

// Lines of `pattern = one, two` as objects. Raises an error with the line that is none.
function readRows(field, name, list, example) {
  return field.read().map((line) => {
    const at = line.lastIndexOf("=");
    const values = line
      .slice(at + 1)
      .split(",")
      .map((value) => value.trim())
      .filter(Boolean);
    const pattern = line.slice(0, Math.max(0, at)).trim();
    if (at > 0 && pattern && values.length) return { [name]: pattern, [list]: values };
    const faults = [{ pointer: field.pointer, detail: `“${line}” is not understood. Write it as ${example}.` }];
    throw Object.assign(new Error("Some lines are not understood."), { faults });
  });
}
