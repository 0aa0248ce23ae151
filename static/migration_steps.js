// The steps of a migration: their names, what each needs, and which one a migration is at.

const SCANNED = ({ scan, mappingVersion }) => (scan?.state === "done" || mappingVersion ? "" : "after a scan");
const MAPPED = ({ mappingVersion }) => (mappingVersion ? "" : "after a mapping was saved");
const BEGUN = ({ run }) => (run ? "" : "after a run was started");

// `needs(migration)`: why the step cannot be done yet, '' when it can. `load()`: what shows it, read when it is opened.
export const STEPS = [
  step(
    "scan",
    "Scan",
    () => "",
    async () => (await import("./migration_scan.js")).showScan,
  ),
  step("mapping", "Mapping", SCANNED, async () => (await import("./migration_mapping.js")).showMapping),
  step("check", "Check", MAPPED, async () => (await import("./migration_check.js")).showCheck),
  step("preview", "Preview", MAPPED, async () => (await import("./migration_preview.js")).showPreview),
  step("run", "Run", MAPPED, async () => (await import("./migration_run.js")).showRun),
  step("report", "Report", BEGUN, async () => (await import("./migration_report.js")).showReport),
];

function step(name, title, needs, load) {
  return { name, title, needs, load };
}

export function findStep(name) {
  return STEPS.find((step) => step.name === name);
}

// Where somebody goes on who opens a migration.
export function presentStep({ run, mappingVersion, scan }) {
  if (run) return run.state === "done" ? "report" : "run";
  if (mappingVersion) return "check";
  return scan?.state === "done" ? "mapping" : "scan";
}
