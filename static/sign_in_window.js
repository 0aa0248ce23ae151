// A sign-in to Azure DevOps in a window of its own, and how the page that opened it learns that it is over.

import { call } from "./api.js";

const CHANNEL = "crosswalk-sign-in";
const SHAPE = "popup,width=520,height=760";
const START = new URL("../auth/ado/start", import.meta.url);

// Opens the window; to be called in a click, because browsers block it at any other time. Resolves with the address
// when it was blocked nevertheless, else with null. `purpose`: what Microsoft asks consent for, branches when it is left
// out. Raises Refusal.
export async function openSignIn(connectionId, issueKey, purpose) {
  const opened = window.open("", "_blank", SHAPE);
  if (opened) {
    opened.opener = null; // what is shown there must not reach back here
    opened.document.body.textContent = "The sign-in opens in a moment…";
  }
  try {
    const { url } = await call("POST", "me/ado", { connectionId, issueKey, purpose });
    if (!opened || opened.closed) return url;
    opened.location.replace(url);
    return null;
  } catch (refusal) {
    opened?.close();
    throw refusal;
  }
}

// The address at which this very window goes to sign in, and from which it comes back to the form of the issue.
export function signInAddress(connectionId, issueKey, issueSummary) {
  const address = new URL(START);
  address.search = new URLSearchParams({ connectionId, issueKey, issueSummary });
  return address;
}

// Tells the page that opened this window.
export function announceSignIn() {
  new BroadcastChannel(CHANNEL).postMessage("signed in");
}

// Calls `look` whenever the sign-in may be over; returns what ends that. In Jira's frame a browser may keep the channel of the window from
// us, so coming back to the page counts too. https://developer.mozilla.org/docs/Web/Privacy/Guides/State_Partitioning
export function onSignIn(look) {
  const channel = new BroadcastChannel(CHANNEL);
  const ending = new AbortController();
  const { signal } = ending;
  channel.addEventListener("message", look, { signal });
  window.addEventListener("focus", look, { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look(), { signal });
  return () => {
    ending.abort();
    channel.close();
  };
}
