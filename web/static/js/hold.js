// Alt+H, also while typing: puts the prospect on hold, and takes the call back.
document.addEventListener("keydown", (event) => {
  if (event.code !== "KeyH" || !event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  const button = document.querySelector('#disposition-window [aria-keyshortcuts="Alt+H"]');
  if (!button) return;
  event.preventDefault();
  button.click();
});
