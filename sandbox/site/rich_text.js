// Atlassian Document Format as elements; a node that is not known shows what is in it.
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/

import { make } from "./page.js";

const BLOCKS = {
  paragraph: "p",
  bulletList: "ul",
  orderedList: "ol",
  listItem: "li",
  blockquote: "blockquote",
  panel: "blockquote",
  tableRow: "tr",
  tableHeader: "th",
  tableCell: "td",
};
const MARKS = { strong: "strong", em: "em", strike: "s", code: "code", underline: "u" };

export function richText(node) {
  return make("div", { class: "rich-text" }, ...children(node));
}

function children(node) {
  return (node.content ?? []).map(shown);
}

function shown(node) {
  if (node.type === "text") return (node.marks ?? []).reduce(marked, document.createTextNode(node.text));
  if (node.type === "heading") return make(`h${Math.min(6, (node.attrs?.level ?? 1) + 2)}`, {}, ...children(node));
  if (node.type === "codeBlock") return make("pre", {}, make("code", {}, ...children(node)));
  if (node.type === "table") return make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...children(node))));
  if (node.type === "hardBreak") return make("br");
  if (node.type === "rule") return make("hr");
  if (node.type === "mention") return document.createTextNode(node.attrs?.text ?? "");
  if (node.type === "inlineCard") return link(node.attrs?.url ?? "", document.createTextNode(node.attrs?.url ?? ""));
  return make(BLOCKS[node.type] ?? "span", {}, ...children(node));
}

function marked(inner, mark) {
  if (mark.type === "link") return link(mark.attrs?.href ?? "", inner);
  return MARKS[mark.type] ? make(MARKS[mark.type], {}, inner) : inner;
}

function link(address, inner) {
  const opens = /^https?:/i.test(address);
  return opens ? make("a", { href: address, rel: "noreferrer" }, inner) : inner;
}
