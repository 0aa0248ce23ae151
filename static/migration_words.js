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
