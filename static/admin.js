// The admin page: reads connections and health, keeps the cards up to date, offers what can be done.

import { call, listAll } from "./api.js";
import { insideJira, startTheme } from "./bridge.js";
import { connectionCard } from "./cards.js";
import { connectOrganization } from "./connect.js";
import { keepChildren, make, setText } from "./elements.js";
import { erasingPart } from "./erasing.js";
import { explainPanel } from "./explain.js";
import { lettersCard } from "./letters.js";
import { messageBox } from "./messages.js";
import { readHealth } from "./readings.js";
import { settingsPanel } from "./settings.js";
import { startTabs } from "./tabs.js";

const REFRESH = 5_000; // milliseconds between two looks at the health
const PATIENCE = 1_000; // a load that takes longer is said aloud
const NO_LETTERS = { letters: [], count: 0, dropped: 0 };

const part = (id) => document.getElementById(id);
const cards = new Map();
const letters = lettersCard(refresh);
const erasing = erasingPart();
let connections = [];

function start() {
  startTheme();
  if (!insideJira()) return showOutside();
  part("connect").addEventListener("click", connect);
  part("connect-first").addEventListener("click", connect);
  part("panel-connections").prepend(erasing.element);
  part("panel-connections").append(letters.element);
  startPanels();
  load();
  setInterval(() => document.visibilityState === "visible" && isAlive() && look(), REFRESH);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}

function isAlive() {
  return connections.length > 0 || !erasing.element.hidden;
}

function startPanels() {
  part("tabs").hidden = false;
  explainPanel(part("panel-explain"));
  const settings = settingsPanel(part("panel-settings"));
  startTabs(part("tabs"), (name) => name === "settings" && settings.open());
}

function showOutside() {
  part("loading").hidden = true;
  part("outside").hidden = false;
}

// The first load, and every one after a failure.
async function load() {
  part("failure").replaceChildren();
  part("loading").hidden = false;
  const slow = setTimeout(() => setText(part("status"), "Reading your connections…"), PATIENCE);
  try {
    await refresh();
  } catch (refusal) {
    const again = make("button", { type: "button", class: "button", onclick: load }, "Try again");
    part("failure").replaceChildren(messageBox("danger", "Your connections cannot be shown", refusal.message, again));
  } finally {
    clearTimeout(slow);
    setText(part("status"), "");
    part("loading").hidden = true;
  }
}

// Reads everything and shows it. Raises Refusal.
async function refresh() {
  connections = await listAll("connections");
  show(new Map());
  await read();
}

// Looks at the health again; a failure is said once and goes away with the next success.
async function look() {
  try {
    await read();
    part("failure").replaceChildren();
  } catch (refusal) {
    if (part("failure").childElementCount) return;
    part("failure").append(messageBox("warning", "This page is not up to date", refusal.message));
  }
}

async function read() {
  const some = connections.length > 0;
  const [health, found] = await Promise.all([call("GET", "health"), some ? letters.read() : NO_LETTERS]);
  show(new Map(health.items.map(readHealth).map((reading) => [reading.id, reading])));
  erasing.update(health.erasing, connections);
  letters.update(found);
}

function show(readings) {
  part("empty").hidden = connections.length > 0;
  part("connect").hidden = connections.length === 0;
  const items = connections.map((connection) => ({ connection, reading: readings.get(connection.id) }));
  keepChildren(
    part("cards"),
    cards,
    items,
    ({ connection }) => connection.id,
    (item) => connectionCard(item, refresh),
  );
}

async function connect() {
  const made = await connectOrganization();
  if (!made) return;
  await refresh();
  part("connect").focus();
}

start();
