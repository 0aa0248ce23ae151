// Follows a run: by server-sent events while they get through, else by asking again and again.
// The browser's own EventSource sends no Authorization header, so the stream is read by fetch.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

import { call, openAnswer } from "./api.js";

const FIRST = 5_000; // milliseconds; a stream begins at once, unless something on the way holds it back
const SILENCE = 40_000; // the server says something every 15 seconds
const AGAIN = 2_000; // between two streams
const LOOK = 5_000; // between two questions
const ASKING = 30_000; // after this the stream is tried again
const FINAL = [401, 403, 404];
const ASKED = "Live progress does not get through just now, so this page asks every five seconds.";

// `show(run)` is called when something changed, `tell(words)` when the way it is followed changes, '' for live.
// Ends by itself with the run. Returns what ends it before.
export function followRun(id, { show, tell }) {
  const road = {
    id,
    show,
    tell,
    seen: "",
    stopped: false,
    asksUntil: 0,
    reader: new AbortController(),
    wake: () => {},
  };
  const look = () => (document.visibilityState === "hidden" ? road.reader.abort() : road.wake());
  const stop = () => {
    road.stopped = true;
    road.reader.abort();
    road.wake();
    document.removeEventListener("visibilitychange", look);
  };
  document.addEventListener("visibilitychange", look);
  keepFollowing(road).finally(stop);
  return stop;
}

async function keepFollowing(road) {
  while (!road.stopped) {
    try {
      if (await followOnce(road)) return;
    } catch (refusal) {
      if (road.stopped) return;
      if (FINAL.includes(refusal.status)) return road.tell(refusal.message);
      if (!leftPage(refusal)) giveWay(road, refusal);
    }
    // A window that nobody sees holds no place among the streams
    await pause(road, document.visibilityState === "hidden" ? Infinity : isAsking(road) ? LOOK : AGAIN);
  }
}

function leftPage(refusal) {
  return refusal.name === "AbortError" && document.visibilityState === "hidden";
}

// The stream failed: ask for a while. Asking failed too: say why.
function giveWay(road, refusal) {
  if (isAsking(road)) return road.tell(`${refusal.message} What is shown is not up to date.`);
  road.asksUntil = Date.now() + ASKING;
  road.tell(ASKED);
}

function isAsking(road) {
  return Date.now() < road.asksUntil;
}

// True when the run has ended.
async function followOnce(road) {
  if (!isAsking(road)) return readStream(road);
  const run = await call("GET", `runs/${road.id}`);
  road.tell(ASKED);
  return showRun(road, run);
}

function showRun(road, run) {
  if (!road.stopped) road.show(run);
  return run.endedAt !== null;
}

async function readStream(road) {
  road.reader = new AbortController();
  const headers = road.seen ? { "Last-Event-ID": road.seen } : {};
  const watch = startWatch(road.reader);
  try {
    const answer = await openAnswer(`runs/${road.id}/events`, "text/event-stream", {
      headers,
      signal: road.reader.signal,
    });
    return await readEvents(road, answer, watch);
  } finally {
    watch.stop();
  }
}

// Ends a stream that is silent for longer than the server ever is.
function startWatch(reader) {
  let timer = setTimeout(() => reader.abort(), FIRST);
  return {
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(() => reader.abort(), SILENCE);
    },
    stop: () => clearTimeout(timer),
  };
}

async function readEvents(road, answer, watch) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return false;
    watch.heard();
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) if (takeEvent(road, readEvent(event))) return true;
  }
}

// The fields of one event by name; a comment has none.
export function readEvent(text) {
  const lines = text.split("\n").filter((line) => line && !line.startsWith(":"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
}

function takeEvent(road, { event, id, data }) {
  road.tell("");
  if (!data) return false;
  road.seen = id;
  const ended = showRun(road, JSON.parse(data));
  return event === "done" || ended;
}

function pause(road, length) {
  if (road.stopped) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = length === Infinity ? 0 : setTimeout(resolve, length);
    road.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
