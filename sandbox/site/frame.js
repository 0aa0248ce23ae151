// The host's side of the bridge: loads a page of the app into a frame and answers its `AP` calls.

import { colorMode, onColorMode } from "./theme.js";
import { make, read } from "./page.js";

// A frame with the page of a module ("admin", "migrations", "issue"); `context` is what AP.context.getContext gives.
export async function appFrame(module, { title, issue = "", context = {} }) {
  const { url, origin } = await read(`/_control/site/frame/${module}?issue=${encodeURIComponent(issue)}`);
  const rights = { allow: "clipboard-write", referrerpolicy: "no-referrer" };
  const frame = make("iframe", { src: url, title, class: "app-frame", ...rights });
  const say = (message) => frame.contentWindow?.postMessage(message, origin);
  window.addEventListener("message", async (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow || !event.data?.ap) return;
    const call = CALLS[event.data.ap];
    if (call) say({ ap: "answer", id: event.data.id, result: await call(event.data.args, frame, context) });
  });
  onColorMode((mode) => say({ ap: "theme", mode }));
  return frame;
}

const CALLS = {
  getToken: async () => (await read("/_control/site/token")).token,
  getContext: async (_args, _frame, context) => context,
  getTheme: async () => colorMode(),
  resize: async ({ height }, frame) => {
    frame.style.height = `${height}px`;
  },
  sizeToParent: async (_args, frame) => frame.classList.add("fills"),
  go: async ({ target, context }) => {
    if (target === "issue") location.assign(`/browse/${encodeURIComponent(context.issueKey)}`);
  },
  flag: async ({ title, body }) => {
    const flag = make("div", { class: "host-flag", role: "status" }, make("strong", {}, title), make("p", {}, body));
    document.body.append(flag);
    setTimeout(() => flag.remove(), 6_000);
  },
};
