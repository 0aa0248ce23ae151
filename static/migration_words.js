// The words for migrations, scans and runs: each state as [tone, words].

const STATES = {
  new: ["neutral", "New"],
  scanning: ["information", "Scanning"],
  scan_failed: ["danger", "Scan failed"],
  scanned: ["success", "Scanned"],
  mapped: ["success", "Mapped"],
  queued: ["information", "Waiting for its turn"],
  running: ["information", "Running"],
  pausing: ["neutral", "Pausing"],
  paused: ["neutral", "Paused"],
  done: ["success", "Done"],
  failed: ["danger", "Failed"],
  cancelled: ["neutral", "Cancelled"],
  rolled_back: ["neutral", "Rolled back"],
};
const KINDS = { full: "Full run", sample: "Sample run", delta: "Delta run" };
// Kinds of links that Azure DevOps has on every organization, by the name of the forward end
const LINKS = {
  "System.LinkTypes.Hierarchy-Forward": "Parent and child",
  "System.LinkTypes.Dependency-Forward": "Predecessor and successor",
  "System.LinkTypes.Duplicate-Forward": "Duplicate",
  "System.LinkTypes.Related": "Related",
  "Microsoft.VSTS.Common.TestedBy-Forward": "Tests",
  "Microsoft.VSTS.Common.Affects-Forward": "Affects",
  "Microsoft.VSTS.TestCase.SharedStepReferencedBy-Forward": "Shared steps",
  Hyperlink: "Web link",
  ArtifactLink: "Commit, pull request or build",
};
const SIZES = [
  ["GB", 1_000_000_000],
  ["MB", 1_000_000],
  ["kB", 1_000],
];

// [tone, words] of a state of a migration, a scan or a run
export function stateWords(state) {
  return STATES[state] ?? ["neutral", state];
}

export function runKindWords(kind) {
  return KINDS[kind] ?? kind;
}

// "1.2 GB", with thousands as makers of disks count them
export function bytesWords(bytes) {
  const [unit, size] = SIZES.find(([, least]) => bytes >= least) ?? ["bytes", 1];
  return `${(bytes / size).toLocaleString("en", { maximumFractionDigits: bytes / size < 10 ? 1 : 0 })} ${unit}`;
}

// `labels`: what the organization calls its own kinds, by name
export function linkWords(kind, labels = {}) {
  if (LINKS[kind]) return LINKS[kind];
  if (labels[kind]) return labels[kind];
  return kind.startsWith("System.LinkTypes.Remote.") ? `${kind.split(".").at(-1)} in another organization` : kind;
}
