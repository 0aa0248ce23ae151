// Short messages about what was done. They wait to be read: an error stays, a success leaves by itself.

import { make } from "./elements.js";
import { icon } from "./icons.js";

const SHOWN = 8_000; // milliseconds

export function raiseFlag(words, tone = "success") {
  const close = make("button", { type: "button", class: "button quiet compact", "aria-label": "Dismiss" });
  close.append(icon("cross", 12));
  const flag = make("div", { class: `flag ${tone}` }, icon(tone), make("p", {}, words), close);
  close.addEventListener("click", () => flag.remove());
  document.getElementById("flags").append(flag);
  if (tone === "success") setTimeout(() => flag.remove(), SHOWN);
}
