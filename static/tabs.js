// Tabs: one panel at a time, arrow keys between them. https://www.w3.org/WAI/ARIA/apg/patterns/tabs/

const KEYS = { ArrowRight: 1, ArrowLeft: -1 };

// Turns the buttons of a tab list into tabs; `opened(name)` is called with the name of each panel that is shown.
export function startTabs(list, opened) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const open = (tab) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    opened(tab.dataset.name);
  };
  for (const tab of tabs) tab.addEventListener("click", () => open(tab));
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const step = KEYS[event.key];
    const ends = { Home: 0, End: tabs.length - 1 };
    const next = step ? (at + step + tabs.length) % tabs.length : ends[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    open(tabs[next]);
  });
  return { open: (name) => open(tabs.find((tab) => tab.dataset.name === name)) };
}
