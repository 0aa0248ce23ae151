// Light or dark, as the person chose on this site, else as the browser prefers.

const KEY = "color-mode";
const listeners = [];

export function colorMode() {
  const prefers = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return localStorage.getItem(KEY) ?? prefers;
}

export function onColorMode(listener) {
  listeners.push(listener);
}

export function setColorMode(mode) {
  localStorage.setItem(KEY, mode);
  showColorMode();
}

export function showColorMode() {
  const mode = colorMode();
  document.documentElement.dataset.colorMode = mode;
  listeners.forEach((listener) => listener(mode));
}
