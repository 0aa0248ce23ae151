// Stands in for connect-cdn.atl-paas.net/all.js: gives a framed page the `AP` it has inside Jira. It talks to the
// frame around it, which is the site this script came from, and to nobody else.
(() => {
  const HOST = new URL(document.currentScript.src).origin;
  const given = document.currentScript.dataset.options ?? "";
  const options = new Map(given.split(";").map((part) => part.trim().split(":")));
  if (window.parent === window) return;

  const waiting = new Map();
  let last = 0;

  function ask(method, args = {}, answer = () => {}) {
    last += 1;
    waiting.set(last, answer);
    window.parent.postMessage({ ap: method, id: last, args }, HOST);
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== HOST || event.source !== window.parent || !event.data?.ap) return;
    if (event.data.ap === "theme") setTheme(event.data.mode);
    const answer = waiting.get(event.data.id);
    waiting.delete(event.data.id);
    answer?.(event.data.result);
  });

  let themed = false;

  function setTheme(mode) {
    if (!themed) return;
    document.documentElement.dataset.colorMode = mode;
    document.documentElement.dataset.theme = `${mode}:${mode}`;
  }

  function resizeToContent() {
    const { height } = document.documentElement.getBoundingClientRect();
    ask("resize", { height: Math.ceil(height) });
  }

  window.AP = {
    context: {
      getToken: (callback) => ask("getToken", {}, callback),
      getContext: (callback) => ask("getContext", {}, callback),
    },
    theming: {
      initializeTheming: () => {
        themed = true;
        ask("getTheme", {}, setTheme);
      },
    },
    navigator: { go: (target, context) => ask("go", { target, context }) },
    flag: { create: ({ title, body, type }) => ask("flag", { title, body, type }) },
    resize: (_width, height) => ask("resize", { height: Number.parseInt(height, 10) }),
    sizeToParent: () => ask("sizeToParent"),
  };

  addEventListener("DOMContentLoaded", () => {
    if (options.get("sizeToParent") === "true") AP.sizeToParent();
    else if (options.get("resize") !== "false") new ResizeObserver(resizeToContent).observe(document.documentElement);
  });
})();
