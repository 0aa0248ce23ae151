// Apps > Crosswalk: the app's own admin pages in their frame, as Jira shows them.

import { appFrame } from "./frame.js";
import { make, read } from "./page.js";

const AGAIN = 1_000; // milliseconds between two looks whether the app is there

export const showAdmin = (main, site) => showPage(main, site, "admin", "Crosswalk");
export const showMigrations = (main, site) => showPage(main, site, "migrations", "Crosswalk migrations");

async function showPage(main, site, module, title) {
  document.title = `${title} - Jira stand-in`;
  document.body.classList.add("full");
  if (site.app) return main.replaceChildren(await appFrame(module, { title }));
  main.replaceChildren(notThere());
  const timer = setInterval(async () => {
    const fresh = await read("/_control/site").catch(() => ({}));
    if (!fresh.app) return;
    clearInterval(timer);
    main.replaceChildren(await appFrame(module, { title }));
  }, AGAIN);
}

function notThere() {
  const title = make("h1", {}, "Crosswalk is not installed yet");
  const words = "It starts together with this site and is installed as soon as it answers.";
  return make("div", { class: "notice", role: "status" }, title, make("p", {}, `${words} This page looks again by itself.`));
}
