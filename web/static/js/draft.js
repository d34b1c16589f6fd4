// What is typed in a step of the wizard is kept on the server as it is typed, so that a reload finds it.
const CALM = 400;

export function start() {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  let timer = null;
  let leaving = false;
  const keep = () => {
    timer = null;
    navigator.sendBeacon(form.dataset.draft, new FormData(form));
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, CALM);
  });
  // The step is on its way as a whole: what comes after must not be overwritten.
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => {
    if (timer === null || leaving) return;
    clearTimeout(timer);
    keep();
  });
}
