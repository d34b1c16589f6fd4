// What every page of the panel needs.
import * as clock from "./clock.js";
import * as dialogs from "./dialogs.js";
import * as live from "./live.js";
import * as menus from "./menus.js";

// A part marked data-keep is the user's while its key stays: a refresh does not touch what was typed.
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
  if (old.dataset?.keep && old.dataset.keep === fresh.dataset?.keep) return false;
  if (old.matches?.("details[open]") && fresh.matches?.("details")) fresh.open = true;
  return true;
};

document.body.addEventListener("htmx:afterSwap", () => clock.tick());
clock.start();
menus.start();
dialogs.start();
// After htmx, which gets ready at the same event: a change must find it listening.
if (document.readyState === "complete") live.start();
else document.addEventListener("DOMContentLoaded", live.start);
