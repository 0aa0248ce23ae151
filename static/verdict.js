// What the light of a connection shows: one tone, one word, one sentence that says what to do.

import { ago, count, duration } from "./words.js";

const SLOW_SECONDS = 60; // events that wait longer than this are worth a word

// `reading` is one connection of GET /api/health, see readings.js.
export function judge(reading) {
  return CHECKS.map((check) => check(reading)).find((found) => found !== null);
}

const CHECKS = [
  ({ credential }) => {
    if (credential.state === "ok") return null;
    const words = credential.state === "erased" ? "There is no token any more." : "Azure DevOps refuses the token.";
    return bad("Not working", `${words} Replace it with a new one; waiting events are delivered then.`);
  },
  ({ links }) => {
    const off = sick(links, (status) => status.startsWith("disabled") || status === "missing");
    if (!off) return null;
    const words = off === 1 ? "1 subscription is off" : `${off} subscriptions are off`;
    const advice = "Azure DevOps no longer sends these events. Choose Change at the project below and save it.";
    return bad("Not working", `${words}: ${advice}`);
  },
  ({ deadLetters }) => {
    if (!deadLetters) return null;
    const words = `${count(deadLetters, "event")} could not be delivered.`;
    return warn("Needs attention", `${words} Read the reason below, then try again.`);
  },
  ({ links }) => {
    const trial = sick(links, (status) => status !== "enabled");
    if (!trial) return null;
    const words = trial === 1 ? "1 subscription is on probation" : `${trial} subscriptions are on probation`;
    return warn("Needs attention", `${words}: an answer of Crosswalk was lost. Azure DevOps tries again by itself.`);
  },
  ({ inbox }) => {
    if (!inbox.depth || inbox.oldestSeconds < SLOW_SECONDS) return null;
    const words = `${count(inbox.depth, "event")} waiting, the oldest for ${duration(inbox.oldestSeconds)}.`;
    return warn("Delayed", `${words} Jira or Azure DevOps is slow to answer; nothing is lost.`);
  },
  ({ lastAnswer }) => {
    if (!lastAnswer || lastAnswer.words === "accepted") return null;
    return warn("Needs attention", `Jira did not take everything at its last answer: ${lastAnswer.words}`);
  },
  ({ links }) => {
    if (links.length) return null;
    return { tone: "information", word: "Connected", sentence: "Link a project below and its events reach Jira." };
  },
  ({ lastEvent }) => {
    if (!lastEvent) return fine("Waiting for the first event. Push a commit whose message names an issue key.");
    return fine(`Events reach Jira. The last one came ${ago(lastEvent.at)}.`);
  },
];

function sick(links, isSick) {
  return links.flatMap((link) => link.subscriptions).filter(({ status }) => isSick(status)).length;
}

function fine(sentence) {
  return { tone: "success", word: "Working", sentence };
}

function warn(word, sentence) {
  return { tone: "warning", word, sentence };
}

function bad(word, sentence) {
  return { tone: "danger", word, sentence };
}
