// The page's stream of changes: it says which topics changed, and the parts that show
// them ([data-live]) are fetched again, each no oftener than its data-every milliseconds.
import { serverSays } from "./clock.js";

const SILENCE = 40_000; // the server speaks every 15 s: past this the stream is dead
const POLL = 15_000;
const banner = document.getElementById("connection");
let source = null;
let listening = "";
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
  const every = Number(part.dataset.every || 0);
  const last = due.get(key) || { at: -Infinity, timer: null };
  if (last.timer) return;
  const wait = Math.max(0, last.at + every - performance.now());
  last.timer = setTimeout(() => {
    due.set(key, { at: performance.now(), timer: null });
    const here = document.getElementById(key);
    if (here) htmx.trigger(here, "refresh");
  }, wait);
  due.set(key, last);
}

function changed(names) {
  for (const part of parts()) {
    const shown = part.dataset.live.split(/\s+/);
    if (names.includes("*") || shown.some((topic) => names.includes(topic))) refresh(part);
  }
}

function connect() {
  source?.close();
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
    changed(["*"]); // what happened while nobody listened
  });
  source.addEventListener("beat", clock);
  source.addEventListener("changed", (event) => {
    heard = Date.now();
    changed(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
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
  setInterval(() => changed(["*"]), POLL);
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
