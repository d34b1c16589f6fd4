// The page's stream of changes: it says which topics changed, and the parts that show
// them ([data-live]) are fetched again, each no oftener than its data-every milliseconds.
// Rows of the team grid come over it themselves.
import { serverSays } from "./clock.js";
import * as team from "./team_rows.js";

const SILENCE = 40_000; // the server speaks every 15 s: past this the stream is dead
const POLL = 15_000;
const banner = document.getElementById("connection");
let source = null;
let listening = "";
let greeted = false;
let heard = Date.now();
let lost = { stream: false, database: false, request: false };

function parts() {
  return [...document.querySelectorAll("[data-live]")];
}

function topics() {
  return [...new Set(parts().flatMap((part) => part.dataset.live.split(/\s+/)))].filter(Boolean).sort();
}

function tell(what) {
  lost = { ...lost, ...what };
  const down = lost.stream || lost.database || lost.request;
  if (banner) banner.hidden = !down;
}

const due = new Map();

function refresh(part) {
  const key = part.id;
  if (part.dataset.rows) team.fetching();
  const every = Number(part.dataset.every || 0);
  const last = due.get(key) || { at: -Infinity, timer: null };
  if (last.timer) return;
  const wait = Math.max(0, last.at + every - performance.now());
  last.timer = setTimeout(() => {
    const here = document.getElementById(key);
    due.set(key, { at: performance.now(), timer: null });
    if (here) bringsAlong(here);
    if (here) htmx.trigger(here, "refresh");
  }, wait);
  due.set(key, last);
}

// What stands inside a part comes with it, but for what the page keeps.
function bringsAlong(part) {
  for (const inner of part.querySelectorAll("[data-live]:not([data-keep])")) {
    clearTimeout(due.get(inner.id)?.timer);
    due.set(inner.id, { at: performance.now(), timer: null });
  }
}

function changed(names) {
  for (const part of parts()) {
    const shown = part.dataset.live.split(/\s+/);
    if (names.includes("*") || shown.some((topic) => names.includes(topic))) refresh(part);
  }
}

// The page is told of all that happens: nothing but what it is told of can have changed.
function told() {
  return greeted && source?.readyState === EventSource.OPEN && !lost.database;
}

function poll() {
  for (const part of parts()) if (!part.dataset.rows || !told() || team.fetchOwed()) refresh(part);
}

function rowsCame(message) {
  const whole = !team.take(message);
  for (const part of parts()) {
    const shows = part.dataset.live.split(/\s+/).includes(`grid:${message.list}`);
    if (shows && (whole || !part.dataset.rows)) refresh(part);
  }
}

function connect() {
  source?.close();
  greeted = false;
  listening = topics().join(" ");
  const query = new URLSearchParams(topics().map((topic) => ["topic", topic]));
  source = new EventSource(`${document.body.dataset.stream}?${query}`);
  heard = Date.now();
  const clock = (event) => {
    heard = Date.now();
    const { now, database } = JSON.parse(event.data);
    serverSays(now);
    const back = lost.database && database;
    tell({ stream: false, database: !database, ...(database ? { request: false } : {}) });
    if (back) changed(["*"]);
  };
  source.addEventListener("hello", (event) => {
    clock(event);
    greeted = true;
    changed(["*"]); // what happened while nobody listened
  });
  source.addEventListener("beat", clock);
  source.addEventListener("changed", (event) => {
    heard = Date.now();
    changed(JSON.parse(event.data));
  });
  source.addEventListener("rows", (event) => {
    heard = Date.now();
    rowsCame(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    greeted = false;
    // The browser tries again by itself unless the answer was no stream at all.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    complainSoon();
  });
}

let complaint = null;
function complainSoon() {
  // A stream ends and begins anew every now and then: that alone is no bad news.
  complaint ??= setTimeout(() => {
    complaint = null;
    if (source?.readyState !== EventSource.OPEN) tell({ stream: true });
  }, 1500);
}

export function start() {
  if (!document.body.dataset.stream) return;
  if (document.querySelector("[data-try-again]")) {
    setTimeout(() => location.reload(), 3000);
    return;
  }
  if (!parts().length) return;
  connect();
  setInterval(() => {
    if (Date.now() - heard > SILENCE) connect();
  }, 5000);
  setInterval(poll, POLL);
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (told() && team.kept()) event.detail.headers["X-Kept-Grid"] = team.kept();
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    if (!team.swapped()) changed([`grid:${document.querySelector("[data-rows]")?.dataset.rows}`]);
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (topics().join(" ") !== listening) connect();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const answer = event.detail.xhr;
    if (answer?.status) serverSays(Number(answer.getResponseHeader("X-Server-Time")));
    if (event.detail.successful) tell({ request: false });
  });
  document.body.addEventListener("htmx:sendError", () => tell({ request: true }));
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 502) tell({ request: true });
    else if (event.detail.xhr.status >= 400 && event.detail.requestConfig.verb === "post") complain(event.detail.xhr);
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
}

function complain(answer) {
  const place = document.getElementById("alerts");
  if (place) place.innerHTML = answer.responseText;
}
