// Where a refusal of a new branch belongs: at the field that has to change, or above the button.

import { make } from "./elements.js";
import { outwardLink } from "./links.js";
import { messageBox } from "./messages.js";

// Codes of the API that speak of one field and name none. https://www.rfc-editor.org/rfc/rfc6901
const PLACES = {
  exists: "/name",
  name_conflict: "/name",
  locked: "/name",
  policy: "/name",
  force_push_required: "/name",
  no_create_branch: "/name",
  empty_repository: "/repositoryId",
  disabled_repository: "/repositoryId",
  no_write: "/repositoryId",
  source_gone: "/source",
};
const UNEXPECTED =
  "Something unexpected happened. Nothing you typed is lost. Press the button again, or reload the page.";

// The faults of a refusal, each with its pointer where it has one: [{pointer, detail, link}].
export function placeRefusal(refusal) {
  const link = refusal.url ? outwardLink(refusal.url, "Open it in Azure DevOps") : null;
  if (refusal.faults?.length) return refusal.faults.map((fault) => ({ ...fault, link }));
  const pointer = PLACES[refusal.code];
  return pointer ? [{ pointer, detail: refusal.message, link }] : [];
}

// What goes above the button: words, and a way on where a new page, a new sign-in or a new try helps.
export function refusalBox(refusal, { reload, again }) {
  const words = refusal.status === undefined ? UNEXPECTED : refusal.message;
  const over = refusal.status === 401 || (refusal.status === 403 && !refusal.code);
  const useful = again && refusal.status !== 404;
  const button = over ? wayOn("Reload the page", reload) : useful ? wayOn("Try again", again) : null;
  return messageBox("danger", null, words, button);
}

function wayOn(words, act) {
  return make("button", { type: "button", class: "button", onclick: act }, words);
}
