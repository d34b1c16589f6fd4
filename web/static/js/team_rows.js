// The team grid ([data-rows]): rows that changed come over the stream and are put in; the whole grid is
// fetched only when it cannot be known what was missed.
import { tick } from "./clock.js";

const REMEMBERED = 30_000; // no fetch of a grid takes longer
let heard = [];
let shownAt = null;
let owed = false;

const place = () => document.querySelector("[data-rows]");
const scroll = () => place()?.querySelector("[data-read-at]");

// The grid is being fetched; true for as long as it has not come.
export const fetchOwed = () => owed;
export const fetching = () => (owed = true);

// What the server need not send again with the stage.
export const kept = () => place()?.dataset.keep;

// Puts the rows in. False: the whole grid must be fetched.
export function take(message) {
  const now = performance.now();
  heard = heard.filter(({ at }) => now - at < REMEMBERED);
  heard.push({ at: now, message });
  return put(message);
}

function put({ list, rows, order, read_by: readBy }) {
  if (place()?.dataset.rows !== String(list)) return true; // of a grid that is not shown any more
  if (readBy <= Number(scroll()?.dataset.readAt)) return true; // the grid was read later
  const body = place().querySelector("tbody");
  if (!body) return false;
  for (const [id, markup] of Object.entries(rows)) {
    const old = document.getElementById(`talker-${id}`);
    if (!old && !order) return false;
    const fresh = row(markup);
    if (old) old.replaceWith(fresh);
    else body.append(fresh);
    tick(fresh);
  }
  return !order || arrange(body, order);
}

const me = () => document.getElementById("stage")?.dataset.user;

function row(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const fresh = template.content.querySelector("tr");
  if (fresh.id === `talker-${me()}`) {
    fresh.className = "own";
    fresh.setAttribute("aria-current", "true");
  }
  return fresh;
}

function arrange(body, order) {
  const names = order.map((id) => `talker-${id}`);
  const own = `talker-${me()}`;
  const wanted = names.includes(own) ? [own, ...names.filter((name) => name !== own)] : names;
  for (const there of [...body.rows]) if (!wanted.includes(there.id)) there.remove();
  let at = body.firstElementChild;
  for (const name of wanted) {
    const next = document.getElementById(name);
    if (!next) return false;
    if (next === at) at = at.nextElementSibling;
    else body.insertBefore(next, at);
  }
  return wanted.length > 0; // nobody: the grid says so in words
}

// A grid that was read before rows that have come since gets them again.
export function swapped() {
  const readAt = scroll()?.dataset.readAt ?? null;
  if (readAt === shownAt) return true;
  shownAt = readAt;
  owed = false;
  return heard.map(({ message }) => put(message)).every(Boolean);
}
