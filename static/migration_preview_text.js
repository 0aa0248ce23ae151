// Rich text as elements. It comes from whoever wrote a work item, so it is never read as markup of this page: each
// known node of an Atlassian document becomes an element made here, and everything else becomes text.
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/

import { make } from "./elements.js";
import { outwardLink } from "./links.js";

const ELEMENTS = {
  paragraph: "p",
  bulletList: "ul",
  orderedList: "ol",
  listItem: "li",
  blockquote: "blockquote",
  rule: "hr",
  tableRow: "tr",
  tableCell: "td",
  tableHeader: "th",
};
const MARKS = { strong: "strong", em: "em", strike: "s", underline: "u", code: "code" };
const HEADING = 4; // headings of a text come below those of the page
const BLOCKS = /^(p|div|li|tr|h[1-6]|ul|ol|table|blockquote|pre)$/;
const LOOKS_LIKE_HTML = /<(p|div|br|span|ul|ol|li|table|h[1-6]|b|i|u|a|img|strong|em|pre|blockquote)\b[^>]*>/i;

export function isDocument(value) {
  return value?.type === "doc" && Array.isArray(value.content);
}

export function showDocument(document) {
  return make("div", { class: "rich" }, ...children(document));
}

function children(node) {
  return (node.content ?? []).map(showNode);
}

function showNode(node) {
  const { type, attrs = {} } = node;
  if (type === "text") return showText(node);
  if (type === "hardBreak") return make("br");
  if (type === "heading") return showHeading(node, attrs);
  if (type === "codeBlock") return make("pre", { tabindex: "0", class: "code" }, ...children(node));
  if (type === "table")
    return make("div", { class: "scroll" }, make("table", { class: "table" }, make("tbody", {}, ...children(node))));
  if (ELEMENTS[type]) return make(ELEMENTS[type], {}, ...children(node));
  if (node.content) return make("div", {}, ...children(node));
  return document.createTextNode(attrs.text ?? attrs.shortName ?? attrs.url ?? `[${type}]`);
}

function showHeading(node, { level = 1 }) {
  const place = Math.min(6, HEADING + level - 1);
  return make("div", { role: "heading", "aria-level": place, class: "rich-heading" }, ...children(node));
}

function showText({ text, marks = [] }) {
  return marks.reduce((inner, mark) => showMark(inner, mark), document.createTextNode(text));
}

function showMark(inner, { type, attrs = {} }) {
  if (type === "link") return isSafe(attrs.href) ? outwardLink(attrs.href, inner) : inner;
  if (type === "subsup") return make(attrs.type === "sup" ? "sup" : "sub", {}, inner);
  return MARKS[type] ? make(MARKS[type], {}, inner) : inner;
}

// Only addresses that open a page or a mail: `javascript:` and the like stay words.
function isSafe(href) {
  return /^(https?:|mailto:)/i.test(href ?? "");
}

// The words of HTML as Azure DevOps keeps it, with a line for each block. The parsed document is inert: it runs no
// script, loads no picture, and nothing of it comes into this page but its text.
export function plainText(value) {
  if (!LOOKS_LIKE_HTML.test(value)) return value;
  const parts = [];
  readText(new DOMParser().parseFromString(value, "text/html").body, parts);
  return parts
    .join("")
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function readText(node, parts) {
  for (const child of node.childNodes) {
    const name = child.nodeName.toLowerCase();
    if (child.nodeType === Node.TEXT_NODE) parts.push(child.data);
    else if (name === "br" || name === "hr") parts.push("\n");
    else if (name === "img") parts.push(`[picture${child.alt ? `: ${child.alt}` : ""}]`);
    else if (name !== "script" && name !== "style") {
      readText(child, parts);
      if (BLOCKS.test(name)) parts.push("\n");
    }
  }
}
