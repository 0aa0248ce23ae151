// Copies the proposed branch name or the command.

import { startTheme } from "./bridge.js";

const SHOWN = 4_000; // milliseconds

// The token has done its work; it must not stay in the address bar or the history of a window of its own.
function dropToken() {
  const address = new URL(location.href);
  address.searchParams.delete("jwt");
  history.replaceState(null, "", address);
}

// A frame may lack the right to the clipboard; then the older way works on the selected field.
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy");
  }
}

function offerCopy(button) {
  const field = document.getElementById(button.dataset.copies);
  const said = document.getElementById("copied");
  button.addEventListener("click", async () => {
    await copy(field);
    said.textContent = `Copied: ${field.value}`;
    setTimeout(() => (said.textContent = ""), SHOWN);
  });
  field.addEventListener("focus", () => field.select());
}

startTheme();
if (window.parent === window) dropToken();
document.querySelectorAll("[data-copies]").forEach(offerCopy);
