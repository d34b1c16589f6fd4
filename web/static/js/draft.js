// What is typed in a step of the wizard is kept on the server as it is typed, so that a reload finds it.
const CALM = 400;

function isTouched(field) {
  if (field.type === "hidden" || field.type === "file") return false;
  if (field.options) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  if ("checked" in field && ["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  return "defaultValue" in field && field.value !== field.defaultValue;
}

export function start() {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  let timer = null;
  let leaving = false;
  const keep = () => {
    timer = null;
    navigator.sendBeacon(form.dataset.draft, new FormData(form));
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, CALM);
  };
  form.addEventListener("input", soon);
  // Who types fast has typed before this was loaded.
  if ([...form.elements].some(isTouched)) soon();
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
