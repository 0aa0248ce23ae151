// Problems and examples as people read them; examples lead to the work items they name.

import { call } from "./api.js";
import { make } from "./elements.js";
import { icon } from "./icons.js";
import { outwardLink } from "./links.js";
import { number } from "./migration_run_words.js";

const TONES = { error: "danger", warning: "warning", info: "information" };
const NAMES = { error: "Error: ", warning: "Warning: ", info: "" };

// The address of a work item by its number, null where the organization is not connected any more.
export async function findAddresses(migration) {
  if (!migration.organization) return () => null;
  const { organizationUrl } = await call("GET", `connections/${migration.connectionId}`);
  return (item) => `${organizationUrl}/_workitems/edit/${item}`;
}

// "for example 7, 12 and shop": numbers are work items, the rest are names.
export function exampleWords(examples, addressOf) {
  if (!examples.length) return null;
  const line = make("p", { class: "small" }, "For example ");
  examples.forEach((example, index) => {
    const address = typeof example === "number" ? addressOf(example) : null;
    line.append(index ? ", " : "", address ? outwardLink(address, String(example)) : String(example));
  });
  return line;
}

// What a phase found out, one line each, the count behind it.
export function problemLine(problem, addressOf) {
  const tone = TONES[problem.severity] ?? "information";
  const body = make("div", {}, make("p", {}, problemWords(problem)), exampleWords(problem.examples, addressOf));
  return make("li", { class: `finding ${tone}` }, icon(tone), body);
}

function problemWords({ severity, detail, count }) {
  const said = make("span", { class: "hidden-text" }, NAMES[severity] ?? "");
  return make("span", {}, said, detail, count > 1 ? make("span", { class: "subtle" }, ` (${number(count)})`) : null);
}
