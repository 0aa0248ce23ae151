// The report as files. Each needs the caller's token, so a plain link cannot fetch it: it is read, then saved or shown.

import { openAnswer } from "./api.js";
import { make } from "./elements.js";
import { raiseFlag } from "./flags.js";

const FILES = [
  ["JSON", "application/json", "json", "the whole report"],
  ["CSV", "text/csv", "csv", "everything that failed, was skipped, lost something or differs"],
];
const KEPT = 60_000; // milliseconds; by then a browser has read what an address of a blob leads to

export function fileButtons({ id }) {
  const buttons = FILES.map(([name, media, ending, words]) => {
    const hint = make("span", { class: "hidden-text" }, ` with ${words}`);
    const button = make("button", { type: "button", class: "button" }, `Save as ${name}`, hint);
    button.addEventListener("click", () => whileBusy(button, () => saveFile(id, media, `run-${id}.${ending}`)));
    return button;
  });
  const words = make("span", { class: "hidden-text" }, " (opens in a new tab)");
  const print = make("button", { type: "button", class: "button" }, "Open to print", words);
  print.addEventListener("click", () => whileBusy(print, () => openPage(id)));
  return make("div", { class: "row" }, ...buttons, print);
}

async function whileBusy(button, act) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await act();
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function saveFile(id, media, name) {
  const address = await readAddress(id, media);
  make("a", { href: address, download: name }).click();
  raiseFlag(`${name} was saved.`);
}

// The tab is opened before anything is awaited: later a browser takes it for one that nobody asked for.
async function openPage(id) {
  const tab = window.open("", "_blank");
  try {
    const address = await readAddress(id, "text/html");
    if (tab) tab.location = address;
    else raiseFlag("The browser opened no tab. Allow this page to open one.", "warning");
  } catch (refusal) {
    tab?.close();
    throw refusal;
  }
}

async function readAddress(id, media) {
  const answer = await openAnswer(`runs/${id}/report`, media);
  const address = URL.createObjectURL(await answer.blob());
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
  return address;
}
