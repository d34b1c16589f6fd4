// Menus are <details class="menu">: one open at a time, Escape and a click outside close them.
const open = () => document.querySelectorAll("details.menu[open]");

export function start() {
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  // A form that is on its way cannot be sent twice.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy || event.defaultPrevented) return;
    setTimeout(() => {
      button.disabled = true;
      button.textContent = button.dataset.busy;
    });
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
