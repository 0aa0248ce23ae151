// The last page of a sign-in that began in a panel: tells the panel, and offers to close its window.

import { announceSignIn } from "./sign_in_window.js";

const GONE = 300; // milliseconds in which a window that may be closed is closed

const close = document.getElementById("close");
announceSignIn();
close.hidden = false;
close.addEventListener("click", () => {
  window.close();
  const words = "Your browser does not let this page close its window. Close it yourself.";
  setTimeout(() => (document.getElementById("stays").textContent = words), GONE);
});
