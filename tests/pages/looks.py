"""What a page looks like to eyes and to assistive technology, asked of the browser: contrast, overflow, names."""

from typing import Any

from playwright.sync_api import Frame

# Every text that is seen, with its colour and the first opaque colour behind it
TEXTS = """() => {
  const opaque = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const top = document.querySelector("dialog[open]") ?? document.body;
  return [...top.querySelectorAll("*")]
    .filter((element) => own(element) && element.checkVisibility() && !element.closest(".hidden-text, svg, script"))
    .map((element) => {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const text = element.textContent.trim().slice(0, 40);
      return { text, color, behind: opaque(element), size: parseFloat(fontSize), weight: Number(fontWeight) };
    });
}"""

# Controls without a name; fields without a label; ids used twice; pictures without words
NAMELESS = """() => {
  const seen = (element) => element.checkVisibility();
  const name = (element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
    const ids = element.getAttribute("aria-labelledby")?.split(" ");
    const by = ids?.map((id) => document.getElementById(id)?.textContent);
    return (element.getAttribute("aria-label") ?? by?.join(" ") ?? (labels || element.textContent)).trim();
  };
  const controls = "button, a[href], input, select, textarea, summary, dialog, [role=switch], section[aria-labelledby]";
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const nameless = [...document.querySelectorAll(controls)].filter((element) => seen(element) && !name(element));
  return [
    ...nameless.map((e) => `no name: ${e.outerHTML}`),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice: ${id}`),
    ...[...document.querySelectorAll("img:not([alt])")].map((e) => `no words: ${e.outerHTML}`),
    ...[...document.querySelectorAll("svg:not([aria-hidden=true], [role=img])")].map((e) => `no words: ${e.outerHTML}`),
    ...[...document.querySelectorAll("[aria-describedby]")]
      .filter((e) => e.getAttribute("aria-describedby").split(" ").some((id) => !document.getElementById(id)))
      .map((e) => `describes nothing: ${e.outerHTML}`),
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"]),
    ...(document.documentElement.lang ? [] : ["no language"]),
  ];
}"""


def weak_texts(frame: Frame) -> list[str]:
    """Texts whose contrast is below WCAG 2.2 AA (1.4.3): 4.5, for large text 3."""
    texts = frame.evaluate(TEXTS)
    found = [] if texts else ["there is no text"]
    for text in texts:
        large = text["size"] >= 24 or (text["size"] >= 18.66 and text["weight"] >= 700)
        ratio = contrast(text["color"], text["behind"])
        if ratio < (3 if large else 4.5):
            found.append(f"{text['text']!r}: {ratio:.2f} ({text['color']} on {text['behind']})")
    return found


def contrast(one: str, other: str) -> float:
    """The ratio of two `rgb(r, g, b)` colours as WCAG defines it."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")]
    if len(parts) != 3:
        raise ValueError(f"{colour} is not opaque")
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def unnamed_parts(frame: Frame) -> list[str]:
    return list(frame.evaluate(NAMELESS))


def overflow(frame: Frame) -> int:
    """By how many pixels the page is wider than its window."""
    found: Any = frame.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(found)
