// Small pictures beside words. They repeat what the words say, so screen readers skip them.

const PATHS = {
  success: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.5 5.3-4 4.4a.8.8 0 0 1-1.1 0L4.5 8.8l1-1.1L7 9.1l3.4-3.8 1.1 1Z",
  warning:
    "M8 1.2c.4 0 .8.2 1 .6l6 11.1c.4.8-.1 1.7-1 1.7H2c-.9 0-1.4-1-1-1.7L7 1.8c.2-.4.6-.6 1-.6Z" +
    "M7.2 6v4h1.6V6H7.2Zm0 5.2v1.6h1.6v-1.6H7.2Z",
  danger: "M5 1h6l4 4v6l-4 4H5l-4-4V5l4-4Zm2.2 3v5h1.6V4H7.2Zm0 6.2v1.6h1.6v-1.6H7.2Z",
  information: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm-.8 6.2v4.6h1.6V7.2H7.2Zm0-3v1.6h1.6V4.2H7.2Z",
  neutral: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3ZM5 7.2h6v1.6H5V7.2Z",
  check: "M6.2 10.3 3.4 7.5 2.3 8.6l3.9 3.9 7.5-7.6-1.1-1-6.4 6.4Z",
  cross: "M3.5 2.4 8 6.9l4.5-4.5 1.1 1.1L9.1 8l4.5 4.5-1.1 1.1L8 9.1l-4.5 4.5-1.1-1.1L6.9 8 2.4 3.5l1.1-1.1Z",
};

export function icon(name, size = 16) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
