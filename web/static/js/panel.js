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

// What was refused is said until its reader acts: a refresh, which knows nothing of it, leaves it there.
let refreshing = false;
document.body.addEventListener("htmx:beforeSwap", (event) => { refreshing = event.detail.requestConfig?.verb === "get"; });
Idiomorph.defaults.callbacks.beforeNodeRemoved = (node) => {
  if (!refreshing || !node.matches?.("[data-until-acted]")) return true;
  node.dataset.kept = "";
  return false;
};

document.body.addEventListener("htmx:afterSwap", () => clock.tick());
clock.start();
menus.start();
dialogs.start();
// After htmx, which gets ready at the same event: a change must find it listening.
if (document.readyState === "complete") live.start();
else document.addEventListener("DOMContentLoaded", live.start);
