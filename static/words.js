// The words of the page: event types, kinds and times as people say them.

export const KINDS = [
  ["commits", "Commits"],
  ["branches", "Branches"],
  ["pullRequests", "Pull requests"],
  ["builds", "Builds"],
  ["deployments", "Deployments"],
];

const EVENTS = {
  unreadable: "Unreadable event",
  "git.push": "Code pushed",
  "git.pullrequest.created": "Pull request created",
  "git.pullrequest.updated": "Pull request updated",
  "git.pullrequest.merged": "Pull request merge attempted",
  "ms.vss-code.git-pullrequest-comment-event": "Pull request commented",
  "git.repo.renamed": "Repository renamed",
  "git.repo.deleted": "Repository deleted",
  "build.complete": "Build completed",
  "ms.vss-pipelines.run-state-changed-event": "Run state changed",
  "ms.vss-pipelines.stage-state-changed-event": "Stage state changed",
  "ms.vss-release.deployment-started-event": "Release deployment started",
  "ms.vss-release.deployment-completed-event": "Release deployment completed",
  "ms.vss-release.release-abandoned-event": "Release abandoned",
};

const STATUSES = {
  enabled: ["success", "Active"],
  onProbation: ["warning", "On probation"],
  disabledByUser: ["danger", "Switched off by a person"],
  disabledBySystem: ["danger", "Switched off by Azure DevOps"],
  disabledByInactiveIdentity: ["danger", "Off: its owner is inactive"],
  missing: ["danger", "Missing"],
};

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function eventWords(type) {
  return EVENTS[type] ?? type;
}

// [tone, words] of a subscription's status
export function statusWords(status) {
  return STATUSES[status] ?? ["warning", status];
}

export function kindWords(kinds) {
  const chosen = KINDS.filter(([kind]) => kinds.includes(kind));
  if (chosen.length === KINDS.length) return "Sends everything";
  return `Sends ${together(chosen.map(([, words]) => words.toLowerCase()))}`;
}

// "one, two and three"
export function together(words) {
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(words);
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

// `at` in milliseconds since 1970, or as ISO 8601 text.
export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - moment(at)) / 1000));
  if (seconds < 10) return "just now";
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(-Math.floor(seconds / size), unit);
}

export function duration(seconds) {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return count(Math.floor(seconds / size), unit);
}

// A span of time: "420 ms", "1.3 s", "12 s"
export function milliseconds(span) {
  if (span < 1_000) return `${span} ms`;
  const seconds = span / 1_000;
  return `${seconds.toLocaleString("en", { maximumFractionDigits: seconds < 10 ? 1 : 0 })} s`;
}

export function clock(at) {
  return new Date(moment(at)).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function moment(at) {
  return typeof at === "number" ? at : Date.parse(at);
}
