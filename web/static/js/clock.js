// Times that run, on the server's clock: the agent's computer may be minutes off.
let ahead = 0;

export function serverSays(milliseconds) {
  if (Number.isFinite(milliseconds)) ahead = milliseconds - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

export function text(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function tick(within = document) {
  const now = Date.now() + ahead;
  for (const element of within.querySelectorAll("[data-since]")) {
    const shown = text(now - Number(element.dataset.since));
    if (element.textContent !== shown) element.textContent = shown;
  }
  for (const element of within.querySelectorAll("[data-until]")) {
    const left = Number(element.dataset.until) - now;
    const shown = text(left + 999); // a second that has begun still counts
    if (element.textContent !== shown) element.textContent = shown;
    element.classList.toggle("soon", left > 0 && left <= 10_000);
    element.classList.toggle("late", left <= 0);
  }
}

export function start() {
  serverSays(Number(document.querySelector('meta[name="server-time"]')?.content));
  setInterval(tick, 500);
  document.body.addEventListener("htmx:afterSwap", () => tick()); // what was rendered a while ago shows no old time
  tick();
}
