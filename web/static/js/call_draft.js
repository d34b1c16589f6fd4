// What is typed about a call is kept as it is typed: on the server, field by field with the time of typing, so that
// the newest text wins wherever it was typed; in the browser's own storage until the server has said that it has it.
import { now } from "./clock.js";

const CALM = 600;
const AGAIN = 2000;
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const form = () => document.getElementById("disposition");
const says = () => document.getElementById("draft-says");
const inputs = (name) => [...document.querySelectorAll(`#disposition-window [data-field="${CSS.escape(name)}"]`)];

let call = null; // { id, url, key }
let typedAt = {}; // field → when what is shown was typed, here or elsewhere
let waiting = {}; // field → [text, when]: not on the server yet
let sending = false;
let timer = null;

export function open(user) {
  const id = form()?.dataset.call ?? null;
  if (id === (call?.id ?? null)) return;
  if (call) flush();
  call = null;
  typedAt = {};
  waiting = {};
  clearTimeout(timer);
  timer = null;
  if (id === null) return;
  call = { id, url: form().dataset.keepAt, key: `draft:${user}:${id}` };
  typedAt = JSON.parse(form().dataset.typedAt);
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`draft:${user}:`) && key !== call.key) localStorage.removeItem(key);
  }
  for (const [name, [text, at]] of Object.entries(stored())) {
    if (at <= (typedAt[name] ?? -1) || !inputs(name).length) continue;
    put(name, text, at);
    waiting[name] = [text, at];
  }
  store();
  if (Object.keys(waiting).length) flush();
}

export function value(name) {
  const all = inputs(name);
  if (all[0]?.type === "radio") return all.find((radio) => radio.checked)?.value ?? "";
  return all[0]?.value ?? "";
}

// Write a field as if it had been typed.
export function type(name, text) {
  if (value(name) === text) return;
  show(name, text);
  typed(name);
}

function typed(name) {
  if (!call) return;
  const at = Math.round(now());
  waiting[name] = [value(name), at];
  typedAt[name] = at;
  store();
  clearTimeout(timer);
  timer = setTimeout(flush, CALM);
}

// What the server emptied is not typed anew.
export function emptied(names) {
  for (const name of names) {
    show(name, "");
    typedAt[name] = Math.round(now());
    delete waiting[name];
  }
  store();
}

function show(name, text) {
  for (const input of inputs(name)) {
    if (input.type === "radio") input.checked = input.value === text;
    else if (input.value !== text) input.value = text;
  }
}

function put(name, text, at) {
  show(name, text);
  typedAt[name] = at;
  document.dispatchEvent(new CustomEvent("draft-put", { detail: { name } }));
}

function take(fields) {
  for (const [name, [text, at]] of Object.entries(fields)) {
    if (at > (typedAt[name] ?? -1)) put(name, text, at);
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(call.key) || "{}");
  } catch {
    return {};
  }
}

function store() {
  if (!call) return;
  try {
    if (Object.keys(waiting).length) localStorage.setItem(call.key, JSON.stringify(waiting));
    else localStorage.removeItem(call.key);
  } catch {
    // No room or no storage: the server has it in a moment.
  }
}

function say(what) {
  const place = says();
  if (!place) return;
  place.classList.toggle("lost", what !== "saved");
  const text = place.dataset[what];
  if (place.textContent !== text) place.textContent = text;
}

function over() {
  waiting = {};
  store();
}

export async function flush({ leaving = false } = {}) {
  clearTimeout(timer);
  timer = null;
  if (!call || !Object.keys(waiting).length || (sending && !leaving)) return;
  const { id, url, key } = call;
  const sent = { ...waiting };
  sending = true;
  let trouble = null;
  try {
    const answer = await fetch(url, {
      method: "POST", keepalive: leaving, signal: AbortSignal.timeout(8000),
      headers: { "X-CSRFToken": csrf, "Content-Type": "application/json" }, body: JSON.stringify(sent),
    });
    if (answer.ok) {
      const { fields } = await answer.json();
      if (call?.id !== id) return localStorage.removeItem(key);
      for (const [name, [, at]] of Object.entries(sent)) if (waiting[name]?.[1] === at) delete waiting[name];
      store();
      take(fields);
      if (!Object.keys(waiting).length) say("saved");
    } else if (answer.status === 404) {
      // The call has its result: nothing is a draft any more.
      localStorage.removeItem(key);
      if (call?.id === id) over();
    } else {
      trouble = answer.status === 401 || answer.status === 400 ? "signedOut" : "lost";
    }
  } catch {
    trouble = "lost";
  } finally {
    sending = false;
  }
  if (call?.id !== id) return;
  if (trouble) say(trouble);
  if (Object.keys(waiting).length && !timer) timer = setTimeout(flush, trouble ? AGAIN : CALM);
}

async function fetchAgain() {
  if (!call) return;
  const { id, url } = call;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(8000) });
    if (answer.ok && call?.id === id) take((await answer.json()).fields);
  } catch {
    // No network: the next change, or the next beat, asks again.
  }
}

export function start() {
  document.addEventListener("input", (event) => {
    const name = event.target.closest("#disposition-window [data-field]")?.dataset.field;
    if (name) typed(name);
  });
  document.addEventListener("focusout", () => timer && flush());
  document.addEventListener("visibilitychange", () => document.hidden && flush({ leaving: true }));
  addEventListener("pagehide", () => flush({ leaving: true }));
  addEventListener("online", () => flush());
  document.getElementById("draft-live").addEventListener("refresh", fetchAgain);
}
