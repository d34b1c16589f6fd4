// Alt+H and Alt+P, also while typing: hold and resume the call, pause and resume its recording.
const KEYS = { KeyH: "Alt+H", KeyP: "Alt+P" };

document.addEventListener("keydown", (event) => {
  const keys = KEYS[event.code];
  if (!keys || !event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  const button = document.querySelector(`#disposition-window [aria-keyshortcuts="${keys}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
