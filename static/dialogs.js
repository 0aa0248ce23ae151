// Modal dialogs: one question or form at a time. The browser keeps the focus inside and gives it back afterwards.

import { freshId, make } from "./elements.js";
import { showFaults } from "./forms.js";
import { messageBox } from "./messages.js";

// Asks; resolves with what `act` returned, or null when the person changed their mind.
// `act` may raise a Refusal: its words and faults are shown and the dialog stays open.
export function askWith({ title, content, fields = [], action, busy, tone = "primary", act }) {
  const parts = buildDialog({ title, content, fields, action, tone });
  document.body.append(parts.dialog);
  parts.dialog.showModal();
  fields[0]?.control.focus(); // browsers refuse `autofocus` in the frame of another site
  return new Promise((resolve) => {
    let outcome = null;
    parts.dialog.addEventListener("cancel", (event) => {
      if (isBusy(parts)) event.preventDefault();
    });
    parts.dialog.addEventListener("close", () => {
      parts.dialog.remove();
      resolve(outcome);
    });
    parts.cancel.addEventListener("click", () => isBusy(parts) || parts.dialog.close());
    parts.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy(parts)) return;
      outcome = await attempt(parts, { fields, action, busy, act });
      if (outcome !== null) parts.dialog.close();
    });
  });
}

function buildDialog({ title, content, fields, action, tone }) {
  const id = freshId("dialog");
  const cancel = make("button", { type: "button", class: "button quiet" }, "Cancel");
  const submit = make("button", { type: "submit", class: `button ${tone}` }, action);
  const notices = make("div", { role: "alert", class: "notices" });
  const inputs = fields.map((field) => field.element);
  const buttons = make("div", { class: "dialog-actions" }, cancel, submit);
  const form = make("form", { method: "post", novalidate: true }, make("h2", { id }, title));
  form.append(notices, ...content, ...inputs, buttons);
  return { dialog: make("dialog", { "aria-labelledby": id }, form), form, notices, cancel, submit };
}

// What `act` returned (true when it returned nothing), null when it was refused.
async function attempt(parts, { fields, action, busy, act }) {
  parts.notices.replaceChildren();
  showFaults(fields, []);
  setBusy(parts, busy);
  try {
    return (await act()) ?? true;
  } catch (refusal) {
    const homeless = showFaults(fields, refusal.faults ?? []);
    const placed = (refusal.faults ?? []).length > homeless.length;
    if (!placed || homeless.length) {
      const words = refusal.faults ? refusal.message : "Something unexpected happened. Reload the page and try again.";
      parts.notices.append(messageBox("danger", null, words, ...homeless));
    }
    return null;
  } finally {
    setIdle(parts, action);
  }
}

function setBusy(parts, words) {
  parts.submit.setAttribute("aria-disabled", "true");
  parts.submit.replaceChildren(make("span", { class: "spinner", "aria-hidden": "true" }), words);
}

function setIdle(parts, words) {
  parts.submit.removeAttribute("aria-disabled");
  parts.submit.replaceChildren(words);
}

function isBusy(parts) {
  return parts.submit.hasAttribute("aria-disabled");
}
