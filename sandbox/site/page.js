// What every view needs: elements, calls, lozenges, copy buttons.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export async function read(path) {
  return decode(await fetch(path, { cache: "no-store" }));
}

export async function send(path, body) {
  const headers = { "Content-Type": "application/json" };
  return decode(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function decode(answer) {
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? body.message ?? `The stand-in answered ${answer.status}.`);
  return body;
}

export function lozenge(words, tone = "neutral") {
  return make("span", { class: `lozenge ${tone}` }, words);
}

export function copyButton(text, what) {
  const button = make("button", { type: "button", class: "button small", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text).catch(() => {});
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  });
  return button;
}

export function typeMark(type) {
  return make("span", { class: `type ${type.toLowerCase()}`, title: type, role: "img", "aria-label": type });
}
