// Tabs by the book: arrow keys, Home and End move among them, one of them is in the order of Tab.
const tabs = (list) => [...list.querySelectorAll('[role="tab"]')];
const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

export function choose(tab, { focus = false } = {}) {
  for (const each of tabs(tab.closest('[role="tablist"]'))) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    panel(each).hidden = !chosen;
  }
  if (focus) tab.focus();
  tab.dispatchEvent(new CustomEvent("tab-chosen", { bubbles: true }));
}

export function start() {
  document.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.('[role="tab"]');
    if (!tab || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = tabs(tab.closest('[role="tablist"]'));
    const here = all.indexOf(tab);
    const there = { ArrowRight: here + 1, ArrowLeft: here - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (there === undefined) return;
    event.preventDefault();
    choose(all[there % all.length], { focus: true });
  });
}
