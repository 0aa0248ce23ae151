// Calls Crosswalk's JSON API as the person who looks at the page.

import { contextToken } from "./bridge.js";

const PATIENCE = 60_000; // milliseconds; linking makes a dozen calls to Azure DevOps
const API = new URL("../api/", import.meta.url);
// A window outside Jira's frame is known by its cookie; this proves that a call comes from our own page in it
const PAGE_TOKEN = document.querySelector('meta[name="csrf-token"]')?.content;
const WINDOW_OVER =
  "This window was not used for an hour, so Crosswalk does not know any more whose it is. Reload the page.";

const watchers = new Set();

// A refusal in words. `status` is 0 when no answer came; `faults` name wrong fields: [{pointer, detail}]. `code` is a
// word that stays the same, `url` what is in the way or where to go on; either may be missing.
export class Refusal extends Error {
  constructor(status, words, faults = [], { code, url } = {}) {
    super(words);
    this.status = status;
    this.faults = faults;
    this.code = code;
    this.url = url;
  }
}

// The decoded answer, null when it has no body. Raises Refusal.
export async function call(method, path, body) {
  const answer = await send(method, path, body);
  if (!answer.ok) throw await readRefusal(answer);
  return answer.status === 204 ? null : answer.json();
}

// An answer in another form than JSON, as it comes: for files and for events. Raises Refusal, and what `signal` raises.
export async function openAnswer(path, accept, { headers = {}, signal } = {}) {
  const asked = { ...(await identity()), ...headers, Accept: accept };
  const answer = await reach(path, { headers: asked, signal, cache: "no-store" });
  if (!answer.ok) throw await readRefusal(answer);
  return answer;
}

// Calls `look(refusal)` whenever Crosswalk refuses something, whoever on the page asked; returns what ends that.
export function onRefusal(look) {
  watchers.add(look);
  return () => watchers.delete(look);
}

// Every item of a list that comes in pages.
export async function listAll(path) {
  const items = [];
  let cursor = null;
  do {
    const page = await call("GET", cursor ? `${path}?after=${encodeURIComponent(cursor)}` : path);
    if (Array.isArray(page)) return page;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

// Puts a text that is no JSON, such as a file; the decoded answer. Raises Refusal.
export async function putText(path, text, type) {
  const headers = { ...(await identity()), Accept: "application/json", "Content-Type": type };
  const options = { method: "PUT", headers, body: text, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" };
  const answer = await reach(path, options);
  if (!answer.ok) throw await readRefusal(answer);
  return answer.json();
}

async function send(method, path, body) {
  const headers = { ...(await identity()), Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const options = { method, headers, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  return reach(path, options);
}

async function reach(path, options) {
  try {
    return await fetch(new URL(path, API), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TimeoutError") throw new Refusal(0, "Crosswalk did not answer within a minute. Try again.");
    throw new Refusal(0, "Crosswalk cannot be reached. Check the network, then try again.");
  }
}

async function identity() {
  if (PAGE_TOKEN) return { "X-CSRF-Token": PAGE_TOKEN };
  try {
    return { Authorization: `JWT ${await contextToken()}` };
  } catch {
    throw new Refusal(0, "Jira did not say who you are. Reload the page.");
  }
}

async function readRefusal(answer) {
  const refusal = wordRefusal(answer, await answer.json().catch(() => ({})));
  for (const look of watchers) look(refusal);
  return refusal;
}

function wordRefusal(answer, problem) {
  if (answer.status === 401)
    return new Refusal(401, PAGE_TOKEN ? WINDOW_OVER : "Your session with Jira has ended. Reload the page.");
  const words = problem.detail ?? `Crosswalk answered ${answer.status}. Try again in a moment.`;
  return new Refusal(answer.status, words, problem.errors ?? [], problem);
}
