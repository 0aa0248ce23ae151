// What Jira offers to a framed page (`AP`): tokens for our API, and the theme.
// https://developer.atlassian.com/cloud/jira/platform/jsapi/context/

const TOKEN_PATIENCE = 10_000; // milliseconds

export function insideJira() {
  return window.parent !== window && typeof globalThis.AP?.context?.getToken === "function";
}

// A fresh context token. It lives for minutes and is asked for before every call, so it is never kept.
export function contextToken() {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Jira gave no token in time")), TOKEN_PATIENCE);
    globalThis.AP.context.getToken((token) => {
      clearTimeout(timer);
      resolve(token);
    });
  });
}

// Jira's theme when it offers one; otherwise the style sheet follows the browser's own choice.
export function startTheme() {
  globalThis.AP?.theming?.initializeTheming?.();
}
