// The Follow Up tab: quick choices, the default of results that follow up, and what a time means for both.
import { now } from "./clock.js";
import * as draft from "./call_draft.js";

const form = () => document.getElementById("disposition");
const DATE = "follow_up_date";
const TIME = "follow_up_time";
const BY_ITSELF = "follow_up_by_itself";

function there(hours) {
  // The Swedish way of writing times is the one that fields want: 2026-03-31 14:30:00.
  let text;
  const moment = new Date(now() + hours * 3600_000);
  try {
    text = moment.toLocaleString("sv-SE", { timeZone: form().dataset.zone });
  } catch {
    text = moment.toLocaleString("sv-SE", { timeZone: "UTC" });
  }
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

function set(date, time, byItself = "") {
  draft.type(DATE, date);
  draft.type(TIME, time);
  draft.type(BY_ITSELF, byItself);
  tell();
}

export function unfinished() {
  return ["follow-date", "follow-time"].some((id) => document.getElementById(id)?.validity.badInput);
}

let asked = 0;
export async function tell() {
  const whole = document.getElementById("follow-says");
  if (!whole) return;
  const [date, time] = [draft.value(DATE), draft.value(TIME)];
  const effect = document.querySelector('input[name="result_id"]:checked')?.dataset.effect;
  document.getElementById("tab-follow-up").classList.toggle("filled-in", Boolean(date || time));
  document.querySelector("[data-follow-hint]").hidden = !date && effect !== "follow_up";
  let answer = { said: whole.dataset.empty, bad: false };
  const turn = ++asked;
  if (unfinished()) answer = { said: whole.dataset.unfinished, bad: true };
  else if (date && time) {
    try {
      const found = await fetch(`${form().dataset.when}?${new URLSearchParams({ date, time })}`);
      answer = found.ok ? await found.json() : { said: `${date} ${time}`, bad: false };
    } catch {
      answer = { said: `${date} ${time}`, bad: false };
    }
  }
  if (turn !== asked) return;
  for (const place of document.querySelectorAll("[data-when-says]")) {
    place.textContent = answer.said;
    place.classList.toggle("text-red", answer.bad);
  }
}

function resultChosen() {
  const effect = document.querySelector('input[name="result_id"]:checked')?.dataset.effect;
  if (effect === "follow_up" && !draft.value(DATE) && !draft.value(TIME)) {
    const { date, time } = there(24);
    set(date, time, "1");
  } else if (effect !== "follow_up" && draft.value(BY_ITSELF)) {
    set("", "", "");
  } else tell();
}

export function start() {
  document.addEventListener("change", (event) => event.target.name === "result_id" && resultChosen());
  document.addEventListener("input", (event) => {
    if (![DATE, TIME].includes(event.target.name)) return;
    draft.type(BY_ITSELF, "");
    if (event.target.name === DATE && event.target.value && !draft.value(TIME)) draft.type(TIME, there(0).time);
    tell();
  });
  document.addEventListener("click", (event) => {
    const quick = event.target.closest("[data-in-hours]");
    if (quick) {
      const { date, time } = there(Number(quick.dataset.inHours));
      set(date, time);
    }
    if (event.target.closest("[data-clear-follow-up]")) {
      for (const id of ["follow-date", "follow-time"]) document.getElementById(id).value = "";
      set("", "");
    }
  });
  document.addEventListener("draft-put", (event) => [DATE, TIME, "result_id"].includes(event.detail.name) && tell());
}

export { resultChosen };
