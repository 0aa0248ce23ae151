// A field whose list of options is searched while one types. https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { freshId, make, setText } from "./elements.js";
import { count } from "./words.js";

const PAUSE = 250; // milliseconds after the last key before a search
const FULL = 50; // so many are listed at most: then there may be more, and a search asks for them
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

// `search(text)` resolves with options: {key, label, detail, tag}. `noun` is [one, many] for what is listed. With
// `free` any text counts as chosen; with `asks` each text is searched for anew, because a search without text does not
// tell everything. With `helps` options only help with a text that is sent as it is: Enter sends the form unless an
// option is marked. `nothing(text)` has the words for when nothing is found. `changed(option)` is called with each new
// choice, null when there is none. A field as those of forms.js, with `choose(option)`, `chosen()` and `load()`, which
// searches anew. All else are attributes of the control.
export function comboField({
  pointer,
  label,
  hint,
  noun,
  search,
  free = false,
  asks = false,
  helps = false,
  nothing = (text) => `No ${noun[0]} is named like “${text}”.`,
  changed = () => {},
  ...attributes
}) {
  const parts = comboParts(label, hint, attributes);
  parts.list.parentElement.classList.toggle("helping", helps);
  const state = { options: [], every: null, asks, chosen: null, active: -1, asked: 0, pause: 0 };
  state.typed = state.open = false;
  const field = { parts, state, noun, search, free: free || helps, helps, nothing, changed };
  wireKeys(field);
  wirePointer(field);
  const load = async () => {
    state.every = null;
    return find(field, "");
  };
  const choose = (option) => chooseOption(field, option);
  const read = () => (field.free ? parts.input.value.trim() : (state.chosen?.key ?? ""));
  return {
    pointer,
    element: parts.element,
    notes: parts.notes,
    control: parts.input,
    read,
    hintId: parts.hintId,
    choose,
    load,
    chosen: () => state.chosen,
  };
}

function comboParts(label, hint, attributes) {
  const [id, listId, hintId] = [freshId("field"), freshId("options"), freshId("hint")];
  const list = make("ul", { id: listId, role: "listbox", "aria-label": label, class: "options", hidden: true });
  const input = make("input", {
    id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-describedby": hint ? hintId : null,
    ...attributes,
  });
  const said = make("p", { class: "small subtle none", role: "status" });
  const notes = make("div", {}, hint ? make("div", { class: "hint", id: hintId }, hint) : null);
  const box = make("div", { class: "combo" }, input, list);
  const element = make("div", { class: "field" }, make("label", { for: id }, label), box, said, notes);
  return { element, input, list, said, notes, hintId: hint ? hintId : "" };
}

// Fills the list with what fits `text`. What a first search told completely is not asked for again. Raises Refusal.
async function find(field, text) {
  const { state, search } = field;
  const asked = ++state.asked;
  const slow = setTimeout(() => say(field.parts, `Looking for ${field.noun[1]}…`, true), PAUSE);
  try {
    const found = isComplete(state) ? state.every.filter((option) => fits(option, text)) : await search(text);
    if (asked !== state.asked) return state.options;
    if (!text) state.every = found;
    state.options = found;
    clearTimeout(slow);
    showOptions(field, text);
    return found;
  } catch (refusal) {
    if (asked !== state.asked) return state.options; // what was typed since is another search's to tell
    throw refusal;
  } finally {
    clearTimeout(slow);
  }
}

// Whether the list of everything is at hand, so that nobody has to be asked.
function isComplete({ every, asks }) {
  return !asks && every !== null && every.length < FULL;
}

function fits({ label, detail = "" }, text) {
  return `${detail}/${label} ${label}`.toLowerCase().includes(text.toLowerCase());
}

function showOptions(field, text) {
  const { parts, state, nothing } = field;
  const marked = parts.list.children[state.active]?.dataset.key;
  parts.list.replaceChildren(...state.options.map((option) => optionRow(field, option)));
  activate(field, marked ? state.options.findIndex(({ key }) => key === marked) : -1);
  const none = text ? nothing(text) : "";
  const many = isOpen(field) ? hintWords(field) : "";
  say(parts, state.options.length ? many : none, !state.options.length);
  if (isOpen(field)) show(field, state.options.length > 0);
}

// How many there are is for those who do not see the list; the rest is for everybody.
function say({ said }, words, seen) {
  said.className = seen ? "small subtle none" : "hidden-text";
  setText(said, words);
}

function hintWords({ state, noun }) {
  const more = state.options.length >= FULL ? " Type to find others." : "";
  return `${count(state.options.length, ...noun)}.${more}`;
}

function optionRow(field, option) {
  const words = make("span", { class: "option-words" }, make("span", {}, option.label));
  if (option.detail) words.append(make("span", { class: "subtle small" }, option.detail));
  const tag = option.tag ? make("span", { class: "subtle small" }, option.tag) : null;
  const attributes = { id: freshId("option"), role: "option", "aria-selected": "false", "data-key": option.key };
  const row = make("li", attributes, words, tag);
  row.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
  row.addEventListener("click", () => pick(field, option));
  return row;
}

function isOpen({ state }) {
  return state.open;
}

// A list without options is open, and not seen.
function show({ parts }, visible) {
  parts.list.hidden = !visible;
  parts.input.setAttribute("aria-expanded", String(visible));
}

function open(field) {
  if (isOpen(field)) return;
  field.state.open = true;
  if (!field.state.typed) restoreAll(field);
  show(field, field.state.options.length > 0);
  if (field.state.options.length) say(field.parts, hintWords(field), false);
}

// A list that is opened without typing shows everything again, with the choice marked.
function restoreAll(field) {
  const { state } = field;
  if (!state.every || state.options === state.every) return;
  state.options = state.every;
  showOptions(field, "");
}

function close(field) {
  field.state.open = false;
  show(field, false);
  activate(field, -1);
  if (field.state.options.length) say(field.parts, "", false);
}

// Marks the option that Enter takes; -1 for none.
function activate({ parts, state }, index) {
  const rows = [...parts.list.children];
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
  state.active = index;
  if (index < 0) return parts.input.removeAttribute("aria-activedescendant");
  parts.input.setAttribute("aria-activedescendant", rows[index].id);
  rows[index].scrollIntoView({ block: "nearest" });
}

function pick(field, option) {
  chooseOption(field, option);
  close(field);
  field.parts.input.focus();
}

function chooseOption(field, option) {
  const { state, parts } = field;
  const before = state.chosen?.key;
  state.chosen = option;
  state.typed = false;
  parts.input.value = option?.label ?? "";
  if (option?.key !== before) field.changed(option);
}

// What was typed becomes the choice where it is the name of an option; else the choice that was made stays.
function settle(field) {
  const { state, parts } = field;
  close(field);
  if (!state.typed) return;
  const text = parts.input.value.trim();
  const exact = state.options.find(({ label }) => label.toLowerCase() === text.toLowerCase());
  const only = !exact && text && state.options.length === 1 && !field.free ? state.options[0] : null;
  if (exact || only) chooseOption(field, exact ?? only);
  else if (!field.free && state.chosen && !text) chooseOption(field, state.chosen);
  else if (!field.free) forget(field);
}

// Text that names nothing stays to be mended, and nothing is chosen.
function forget(field) {
  if (!field.state.chosen) return;
  field.state.chosen = null;
  field.changed(null);
}

function wireKeys(field) {
  const { parts, state } = field;
  parts.input.addEventListener("input", () => {
    state.typed = true;
    open(field);
    clearTimeout(state.pause);
    if (isComplete(state)) searchAloud(field);
    else state.pause = setTimeout(() => searchAloud(field), PAUSE);
  });
  parts.input.addEventListener("keydown", (event) => {
    if (event.key in STEPS) move(field, event);
    else if (event.key === "Enter" && field.helps && state.active < 0) leaveSearch(field);
    else if (event.key === "Enter" && isOpen(field)) {
      event.preventDefault(); // a list that is open is closed first; the form is sent by the next one
      if (state.active >= 0) pick(field, state.options[state.active]);
      else settle(field);
    } else if (event.key === "Escape" && isOpen(field)) {
      event.preventDefault();
      close(field);
    }
  });
  parts.input.addEventListener("blur", () => (field.helps ? leaveSearch(field) : settle(field)));
}

// The text is sent as it is: what is being searched for it does not matter any more.
function leaveSearch(field) {
  const { state } = field;
  clearTimeout(state.pause);
  state.asked += 1;
  state.options = [];
  showOptions(field, "");
  close(field);
}

function move(field, event) {
  const { state } = field;
  event.preventDefault();
  if (event.altKey && event.key === "ArrowUp") return close(field);
  const last = state.options.length - 1;
  if (!isOpen(field)) {
    open(field);
    if (field.helps && !state.options.length) searchAloud(field);
    if (event.altKey) return;
  }
  if (state.options.length === 0) return;
  const here = state.active >= 0 ? state.active : chosenPlace(state, event.key);
  const next = state.active >= 0 ? here + STEPS[event.key] : here;
  activate(field, next > last ? 0 : next < 0 ? last : next);
}

// Where the arrows begin: at the choice, else at the end they point away from.
function chosenPlace({ options, chosen }, key) {
  const at = options.findIndex((option) => option.key === chosen?.key);
  if (at >= 0) return at;
  return key === "ArrowDown" ? 0 : options.length - 1;
}

function wirePointer(field) {
  const { parts, state } = field;
  parts.input.addEventListener("click", () => {
    if (isOpen(field)) return;
    if (!state.typed) parts.input.select();
    open(field);
  });
}

async function searchAloud(field) {
  try {
    await find(field, field.parts.input.value.trim());
  } catch (refusal) {
    field.state.options = []; // those of another text
    showOptions(field, "");
    say(field.parts, refusal.message, true);
  }
}
