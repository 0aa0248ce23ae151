// Leads from a problem of the check to what it names in the mapping.

// The row with the words of the problem beside it, its table where it names no row, or the plans.
export function followProblem(desk) {
  const problem = desk.wizard.problem;
  desk.wizard.problem = null;
  if (!problem) return;
  const [, name, row, pointer] = /^\/(\w+)(?:\/(\d+))?\/?(.*)$/.exec(problem.where) ?? [];
  const section = desk.sections.find((each) => each.name === name);
  const place = section?.element ?? desk.plansPlace;
  const found = section && row ? section.showFaults([{ row: Number(row), pointer, detail: problem.detail }]) : null;
  const control = found ?? place.querySelector("h3");
  control.focus();
  control.scrollIntoView({ block: "center" });
}
