// Chooses the view by the address and keeps the frame of the site: navigation and theme.

import { showAdmin, showMigrations } from "./admin.js";
import { showHome } from "./home.js";
import { showIssue } from "./issue.js";
import { make, read } from "./page.js";
import { colorMode, setColorMode, showColorMode } from "./theme.js";
import { showWorkbench } from "./workbench.js";

const VIEWS = [
  [/^\/$/, showHome],
  [/^\/browse\/([^/]+)$/, showIssue],
  [/^\/admin\/apps\/crosswalk$/, showAdmin],
  [/^\/admin\/apps\/crosswalk\/migrations$/, showMigrations],
  [/^\/workbench$/, showWorkbench],
];

function startTheme() {
  const toggle = document.getElementById("theme");
  const label = () => (toggle.textContent = colorMode() === "dark" ? "Light theme" : "Dark theme");
  toggle.addEventListener("click", () => {
    setColorMode(colorMode() === "dark" ? "light" : "dark");
    label();
  });
  showColorMode();
  label();
}

function startMenu() {
  const button = document.getElementById("menu");
  button.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    button.setAttribute("aria-expanded", String(open));
  });
}

function showNavigation(site) {
  const links = site.projects.map(({ key, name }) => make("a", { href: `/#${key}` }, name));
  document.getElementById("projects").append(...links);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
  }
}

async function start() {
  startTheme();
  startMenu();
  const site = await read("/_control/site");
  showNavigation(site);
  const [pattern, show] = VIEWS.find(([rule]) => rule.test(location.pathname));
  const words = pattern.exec(location.pathname).slice(1).map(decodeURIComponent);
  await show(document.getElementById("main"), site, ...words);
}

start();
