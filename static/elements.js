// Builds elements. Text is always set as text, never as markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : String(value));
}

let counter = 0;

// A fresh id, to tie a label or a description to its control.
export function freshId(word) {
  counter += 1;
  return `${word}-${counter}`;
}

// Replaces text only when it changed, so that a screen reader is not told the same thing twice.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Keeps one child of `list` per item, in the order of the items; `build` makes a child with an `update` of its own.
export function keepChildren(list, children, items, identify, build) {
  const wanted = new Set(items.map(identify));
  for (const [id, child] of children) {
    if (!wanted.has(id)) {
      child.element.remove();
      children.delete(id);
    }
  }
  items.forEach((item, index) => {
    const id = identify(item);
    if (!children.has(id)) children.set(id, build(item));
    const child = children.get(id);
    if (list.children[index] !== child.element) list.insertBefore(child.element, list.children[index] ?? null);
    child.update(item);
  });
}
