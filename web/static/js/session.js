// My Session: the window that opens by itself, its keys, and what is in it.
import * as draft from "./call_draft.js";
import * as followUp from "./follow_up.js";
import * as tabs from "./tabs.js";

const stage = () => document.getElementById("stage");
const card = () => document.getElementById("disposition-window");
const form = () => document.getElementById("disposition");
const tabOf = (name) => document.getElementById(`tab-${name}`);
let shown = null;

function opened() {
  const attempt = stage()?.dataset.attempt ?? null;
  document.title = `${stage()?.dataset.title} · Ringpool`;
  draft.open(stage()?.dataset.user);
  // A refusal that was kept is not of another call.
  if (attempt !== shown) for (const kept of stage()?.querySelectorAll("[data-kept]") ?? []) kept.remove();
  if (attempt !== null && attempt !== shown) {
    fillScript();
    followUp.tell();
    const [of, tab] = (sessionStorage.getItem("tab") ?? "").split(" ");
    if (of === attempt && document.getElementById(tab)) tabs.choose(document.getElementById(tab));
    card()?.focus({ preventScroll: true });
  }
  shown = attempt;
  const bad = stage()?.dataset.badField;
  if (bad) point(bad);
}

// A field that was refused is shown, once.
function point(name) {
  delete stage().dataset.badField;
  const field = document.querySelector(`#disposition-window [name="${CSS.escape(name)}"]`);
  if (!field) return;
  field.classList.add("is-invalid");
  field.setAttribute("aria-invalid", "true");
  field.scrollIntoView({ block: "nearest" });
  field.focus();
}

document.addEventListener("tab-chosen", (event) => {
  if (shown !== null && card()?.contains(event.target)) sessionStorage.setItem("tab", `${shown} ${event.target.id}`);
});

// -- the script goes with the fields -----------------------------------------------------------------

function fillScript() {
  for (const place of document.querySelectorAll("[data-fills]")) {
    const field = [place.dataset.fills, `custom:${place.dataset.fills}`].find((name) =>
      document.querySelector(`.prospect-fields [data-field="${CSS.escape(name)}"]`));
    const text = field ? draft.value(field) : place.textContent;
    place.textContent = text || place.dataset.given;
    place.classList.toggle("blank", place.textContent === place.dataset.given);
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.closest(".prospect-fields")) return;
  event.target.classList.remove("is-invalid");
  event.target.removeAttribute("aria-invalid");
  fillScript();
});
document.addEventListener("draft-put", fillScript);

// -- keys --------------------------------------------------------------------------------------------

function typing(target) {
  return target.closest("textarea, select, [contenteditable], input:not([type=radio])") !== null;
}

document.addEventListener("keydown", (event) => {
  // While a recording's popup is open, keys are its own.
  if (!form() || event.target.closest("dialog")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const save = document.getElementById("save-and-go");
    if (!save.disabled) save.click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const tab = document.querySelector(`#disposition-window [data-tab-key="${CSS.escape(event.key)}"]`);
  if (tab) {
    event.preventDefault();
    tabs.choose(tab);
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    (panel.querySelector("input:checked") ?? panel.querySelector("input:not([type=hidden])") ?? tab).focus();
    return;
  }
  if (event.key === "F9") {
    event.preventDefault();
    document.getElementById("hang-up")?.click();
    return;
  }
  // Enter in a field is no Save & Go: it would end the call's work by a slip.
  if (event.key === "Enter" && event.target.form === form() && event.target.matches("input")) {
    event.preventDefault();
    return;
  }
  if (typing(event.target) || !/^[0-9]$/.test(event.key)) return;
  const result = document.querySelector(`#disposition-window input[data-key="${event.key}"]`);
  if (!result) return;
  event.preventDefault();
  tabs.choose(tabOf("result"));
  result.checked = true;
  result.focus();
  result.dispatchEvent(new Event("input", { bubbles: true }));
  result.dispatchEvent(new Event("change", { bubbles: true }));
});

// -- saving, referrals -------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  if (event.target !== form() || !followUp.unfinished()) return;
  // The browser hands an unfinished date over as none: it must not be lost so.
  event.preventDefault();
  event.stopImmediatePropagation();
  tabs.choose(tabOf("follow-up"));
  followUp.tell();
  document.getElementById("follow-date").focus();
}, true);

document.addEventListener("click", (event) => {
  const go = event.target.closest("[data-go-tab]");
  if (go) tabs.choose(tabOf(go.dataset.goTab), { focus: true });
});

document.body.addEventListener("referral-saved", () => {
  const fields = [...document.querySelectorAll('#panel-referral [data-field^="referral_"]')];
  draft.emptied(fields.map((field) => field.dataset.field));
  fields[0]?.focus();
});

// Answers can overtake each other: one that was read earlier than what is shown is let go.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "stage" || !event.detail.shouldSwap) return;
  const fresh = /id="stage" data-read-at="(\d+)"/.exec(event.detail.serverResponse);
  if (fresh && Number(fresh[1]) < Number(stage().dataset.readAt)) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.requestConfig.verb === "post" && draft.flush());
document.body.addEventListener("htmx:afterSettle", opened);
tabs.start();
draft.start();
followUp.start();
opened();
