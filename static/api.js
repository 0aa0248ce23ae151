// Calls Crosswalk's JSON API as the person who looks at the page.

import { contextToken } from "./bridge.js";

const PATIENCE = 60_000; // milliseconds; linking makes a dozen calls to Azure DevOps
const API = new URL("../api/", import.meta.url);

// A refusal in words. `status` is 0 when no answer came; `faults` name wrong fields: [{pointer, detail}].
export class Refusal extends Error {
  constructor(status, words, faults = []) {
    super(words);
    this.status = status;
    this.faults = faults;
  }
}

// The decoded answer, null when it has no body. Raises Refusal.
export async function call(method, path, body) {
  const answer = await send(method, path, body);
  if (!answer.ok) throw await readRefusal(answer);
  return answer.status === 204 ? null : answer.json();
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

async function send(method, path, body) {
  const headers = { Authorization: `JWT ${await token()}`, Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const options = { method, headers, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  try {
    return await fetch(new URL(path, API), options);
  } catch (error) {
    if (error.name === "TimeoutError") throw new Refusal(0, "Crosswalk did not answer within a minute. Try again.");
    throw new Refusal(0, "Crosswalk cannot be reached. Check the network, then try again.");
  }
}

async function token() {
  try {
    return await contextToken();
  } catch {
    throw new Refusal(0, "Jira did not say who you are. Reload the page.");
  }
}

async function readRefusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401) return new Refusal(401, "Your session with Jira has ended. Reload the page.");
  const words = problem.detail ?? `Crosswalk answered ${answer.status}. Try again in a moment.`;
  return new Refusal(answer.status, words, problem.errors ?? []);
}
