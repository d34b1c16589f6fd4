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

export function tick() {
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("[data-since]")) {
    const shown = text(now - Number(element.dataset.since));
    if (element.textContent !== shown) element.textContent = shown;
  }
  for (const element of document.querySelectorAll("[data-late-at]")) {
    element.classList.toggle("text-red", now > Number(element.dataset.lateAt));
  }
}

export function start() {
  serverSays(Number(document.querySelector('meta[name="server-time"]')?.content));
  setInterval(tick, 500);
  tick();
}
