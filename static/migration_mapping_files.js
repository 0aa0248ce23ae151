// The mapping as a file: saved as YAML, edited elsewhere, and put again.

import { openAnswer, putText } from "./api.js";
import { askWith } from "./dialogs.js";
import { freshId, make } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { messageBox } from "./messages.js";

const YAML = "application/yaml";
const KEPT = 60_000; // milliseconds until the address of a file is forgotten
const FAULTS = 20; // shown at once

// Saves the newest version as a file. Raises Refusal.
export async function saveFile(path, name) {
  const answer = await openAnswer(path, YAML);
  const address = URL.createObjectURL(await answer.blob());
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
  make("a", { href: address, download: name }).click();
  raiseFlag(`${name} was saved.`);
}

// Asks for a file and makes it the mapping; resolves with {version}, null when nothing was put.
export function putFile(path, isChanged) {
  const field = fileField();
  const words = "The file takes the place of the whole mapping, as a new version. Older versions are kept.";
  const warning = "What you changed on this page and did not save is lost.";
  return askWith({
    title: "Put a mapping from a file",
    content: [make("p", {}, words), ...(isChanged ? [messageBox("warning", null, warning)] : [])],
    fields: [field],
    action: "Put the file",
    busy: "Reading the file…",
    act: async () => {
      const [file] = field.control.files;
      if (!file) throw refusal([{ pointer: "/file", detail: "Choose a file." }]);
      try {
        return await putText(path, await file.text(), YAML);
      } catch (error) {
        throw error.faults?.length ? refusal([{ pointer: "/file", detail: faultWords(error.faults) }]) : error;
      }
    },
  });
}

function refusal(faults) {
  return Object.assign(new Error("Nothing was put."), { faults });
}

function faultWords(faults) {
  const words = faults.slice(0, FAULTS).map(({ pointer, detail }) => (pointer ? `${pointer}: ${detail}` : detail));
  if (faults.length > FAULTS) words.push(`And ${faults.length - FAULTS} more.`);
  return words.join(" ");
}

function fileField() {
  const id = freshId("file");
  const control = make("input", { id, type: "file", accept: ".yaml,.yml,.json" });
  const notes = make("div", {});
  const element = make("div", { class: "field" }, make("label", { for: id }, "File (YAML or JSON)"), control, notes);
  return { pointer: "/file", element, notes, control, read: () => control.value, hintId: "" };
}
