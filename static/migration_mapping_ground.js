// What the editor of a mapping stands on: the mapping itself, the scan, and the names of what may be chosen.

import { call } from "./api.js";
import { askPatiently } from "./worker_asking.js";

const NOT_YET = 404;
const AT_ONCE = 100; // account ids in one question

// {document, saved, scan, choices, accounts}; `document` is null while there is no mapping. Raises Refusal.
export async function readGround(path, say) {
  const [choices, scan, document] = await Promise.all([
    askPatiently(() => call("GET", `${path}/choices`), say),
    call("GET", `${path}/scan`),
    readMapping(path),
  ]);
  const accounts = document ? await nameAccounts(document) : new Map();
  return { document, saved: JSON.stringify(document), scan, choices, accounts };
}

async function readMapping(path) {
  try {
    return await call("GET", `${path}/mapping`);
  } catch (refusal) {
    if (refusal.status === NOT_YET) return null;
    throw refusal;
  }
}

// A suggestion, by the plan that is named or the best one: {document, plans, accounts}. Raises Refusal.
export async function suggest(path, plan, say) {
  const { plans, ...document } = await askPatiently(() => call("POST", `${path}/suggest`, plan ? { plan } : {}), say);
  return { document, plans, accounts: await nameAccounts(document) };
}

// The names of the accounts in a mapping by their ids.
async function nameAccounts({ people }) {
  const ids = [...new Set(people.map(({ target }) => target).filter(Boolean))];
  const names = new Map();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const part = ids.slice(start, start + AT_ONCE).map(encodeURIComponent);
    const { items } = await call("GET", `migration-accounts?ids=${part.join(",")}`);
    for (const { id, name } of items) names.set(id, name);
  }
  return names;
}
