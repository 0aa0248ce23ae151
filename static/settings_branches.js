// The settings for making branches: who may, names by template with a preview, and names that are allowed.

import { make, setText } from "./elements.js";
import { linesField, textField } from "./forms.js";

const SAMPLES = { key: "SHOP-7", summary: "Round-prices", project: "SHOP" };
const USUAL = "task"; // the type that the common template is shown for
const HINT = "{key}, {summary}, {type} and {project} are filled in.";
const ROWS_HINT =
  "One on a line: type = template, such as Bug = bugfix/{key}-{summary}. The first line that fits counts.";
const ONLY_HINT = "One on a line, such as feature/* or bugfix/*. Empty: every name that Azure DevOps takes.";
const NEVER_HINT = "One on a line, such as wip/*. Empty: none.";

// A card with its `fields`, and `read()` for the document: {branchTemplate, branches}.
export function branchesPart({ branchTemplate, branches }) {
  const fields = branchFields(branchTemplate, branches);
  const preview = make("ul", { class: "previews", "aria-live": "polite" });
  const show = () => preview.replaceChildren(...previewRows(fields).map(([type, name]) => previewRow(type, name)));
  for (const field of [fields.template, fields.templates]) field.control.addEventListener("input", show);
  show();
  const shown = make("div", { class: "field" }, make("h3", { class: "label" }, "What names will look like"), preview);
  const { enabled, draft, offProjects, template, templates, only, never } = fields;
  const body = make("div", { class: "halves" });
  body.append(enabled.element, draft.element, offProjects.element, template.element, templates.element, shown);
  body.append(only.element, never.element);
  const element = make("section", { class: "card" }, make("h2", {}, "Making branches from issues"), body);
  return { element, fields: Object.values(fields), read: () => readBranches(fields) };
}

function branchFields(branchTemplate, branches) {
  return {
    enabled: tickField("/branches/enabled", "People may make branches from issues", branches.enabled),
    draft: tickField("/branches/draftPullRequest", "Offer a draft pull request too", branches.draftPullRequest),
    offProjects: linesField({
      pointer: "/branches/offProjects",
      label: "Not for issues of these Jira projects",
      value: branches.offProjects,
      hint: "One key on a line, such as OPS.",
    }),
    template: textField({
      pointer: "/branchTemplate",
      label: "Name of a new branch",
      value: branchTemplate,
      spellcheck: "false",
      hint: HINT,
    }),
    templates: linesField({
      pointer: "/branches/templates",
      label: "Other names by issue type",
      value: branches.templates.map((row) => `${row.issueType} = ${row.template}`),
      hint: ROWS_HINT,
    }),
    only: ruleField("only", "Only branches named like this", branches.nameRule, ONLY_HINT),
    never: ruleField("never", "Never branches named like this", branches.nameRule, NEVER_HINT),
  };
}

function ruleField(name, label, rule, hint) {
  return linesField({ pointer: `/branches/nameRule/${name}`, label, value: rule?.[name] ?? [], hint });
}

// A box to tick, as a field.
function tickField(pointer, label, checked) {
  const box = make("input", { type: "checkbox", checked });
  const notes = make("div", {});
  const element = make(
    "div",
    { class: "field" },
    make("span", {}, make("label", { class: "tick" }, box, label)),
    notes,
  );
  return { pointer, element, notes, control: box, read: () => box.checked, hintId: "" };
}

// [issue type, name or what is wrong] for each template as it stands in the form.
function previewRows({ template, templates }) {
  const own = templates.read().map(splitRow).filter(Boolean);
  return [...own, ["Every other type", template.read(), USUAL]].map(([type, text, word = type]) => [
    type,
    fill(text, word),
  ]);
}

// `type = template`; a template has no = but a pattern may.
function splitRow(line) {
  const at = line.lastIndexOf("=");
  const [type, text] = [line.slice(0, Math.max(0, at)).trim(), line.slice(at + 1).trim()];
  return type && text ? [type, text] : null;
}

// With sample words, of which every placeholder has one; what the server refuses it says when the settings are saved.
function fill(template, type) {
  const words = {
    ...SAMPLES,
    type:
      type
        .replaceAll(/[^A-Za-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, "")
        .toLowerCase() || USUAL,
  };
  return template.replaceAll(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
}

function previewRow(type, name) {
  const row = make("li", {}, make("span", { class: "subtle small" }, type), make("code", {}));
  setText(row.lastChild, name);
  return row;
}

// Raises an error with the lines that are not understood.
function readBranches({ enabled, draft, offProjects, template, templates, only, never }) {
  const rows = templates.read().map((line) => {
    const found = splitRow(line);
    if (found) return { issueType: found[0], template: found[1] };
    const detail = `“${line}” is not understood. Write it as Bug = bugfix/{key}-{summary}.`;
    throw Object.assign(new Error("Some lines are not understood."), {
      faults: [{ pointer: templates.pointer, detail }],
    });
  });
  const rule = { only: only.read(), never: never.read() };
  return {
    branchTemplate: template.read(),
    branches: {
      enabled: enabled.read(),
      offProjects: offProjects.read(),
      nameRule: rule.only.length || rule.never.length ? rule : null,
      templates: rows,
      draftPullRequest: draft.read(),
    },
  };
}
