// A tree as nested lists, such as areas and iterations. Branches are opened and closed like any other details.

import { make } from "./elements.js";

const OPEN_DEPTH = 1; // branches above this depth are open at first

// `nodes`: {path, name, words} in any order; a path has its parts between backslashes.
export function treeList(nodes, label) {
  const children = new Map();
  const known = new Set(nodes.map(({ path }) => path));
  for (const node of nodes) {
    const above = parentOf(node.path);
    const home = known.has(above) ? above : "";
    children.set(home, [...(children.get(home) ?? []), node]);
  }
  return branch(children, "", 0, label);
}

function parentOf(path) {
  return path.slice(0, Math.max(path.lastIndexOf("\\"), 0));
}

function branch(children, path, depth, label) {
  const items = (children.get(path) ?? []).map((node) => {
    const words = [make("span", {}, node.name), " ", make("span", { class: "small subtle" }, node.words)];
    if (!children.has(node.path)) return make("li", { class: "leaf" }, ...words);
    const below = branch(children, node.path, depth + 1, null);
    return make("li", {}, make("details", { open: depth < OPEN_DEPTH }, make("summary", {}, ...words), below));
  });
  return make("ul", { class: "tree", "aria-label": label }, ...items);
}
