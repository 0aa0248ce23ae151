// What Jira was told to delete and has not proved to have deleted, of organizations and projects that are here no more.

import { keepChildren, make } from "./elements.js";
import { messageBox } from "./messages.js";
import { clock } from "./words.js";

// A part with `update(erasing, connections)`; what is shown on a card of its own is left out.
export function erasingPart() {
  const element = make("div", { class: "problems", hidden: true });
  const children = new Map();
  const update = (erasing, connections) => {
    const here = new Set(connections.map(({ id }) => id));
    const gone = erasing.filter(({ connectionId }) => !here.has(connectionId));
    element.hidden = !gone.length;
    keepChildren(element, children, gone, ({ connectionId, since, severity }) => connectionId + since + severity, box);
  };
  return { element, update };
}

function box({ severity, detail, since }) {
  const heading = "Data of a removed organization";
  const when = make("p", { class: "subtle small" }, `Since ${clock(since)}`);
  return { element: messageBox(severity === "error" ? "danger" : "warning", heading, detail, when), update: () => {} };
}
