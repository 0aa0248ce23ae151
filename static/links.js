// Links that lead out of Crosswalk.

import { make } from "./elements.js";

// Opens beside this page, and says so.
export function outwardLink(url, words) {
  const note = make("span", { class: "hidden-text" }, " (opens in a new tab)");
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words, note);
}
