// How fast calls go out, and why they wait when they do.

import { make } from "./elements.js";
import { count, milliseconds } from "./words.js";

export function ratesPart() {
  const body = make("tbody", {});
  const heads = ["Calls to", "In the last minute", "Waits in the last hour", "Now"];
  const row = make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words)));
  const table = make("table", { class: "table small" }, make("thead", {}, row), body);
  const element = make(
    "details",
    { class: "small", hidden: true },
    make("summary", {}, "Calls to Azure DevOps"),
    table,
  );
  let shown = "";
  const update = (rates) => {
    element.hidden = !rates.length;
    const fresh = JSON.stringify(rates);
    if (fresh === shown) return;
    shown = fresh;
    body.replaceChildren(...rates.map(rateRow));
  };
  return { element, update };
}

function rateRow(rate) {
  const waits = rate.waits ? `${count(rate.waits, "wait")}, ${milliseconds(rate.waitedMilliseconds)} in all` : "None";
  const cells = [`${rate.system} (${rate.group})`, rate.callsLastMinute.toLocaleString("en"), waits, rate.why];
  return make("tr", {}, ...cells.map((words) => make("td", {}, words)));
}
