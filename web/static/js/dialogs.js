// Questions before something happens: <dialog class="box">, opened by [data-ask] or, with data-show, by itself.
export function start() {
  for (const dialog of document.querySelectorAll("dialog[data-show]")) dialog.showModal();
  document.addEventListener("click", (event) => {
    const asks = event.target.closest("[data-ask]");
    if (asks) document.getElementById(asks.dataset.ask).showModal();
    event.target.closest("[data-close]")?.closest("dialog").close();
  });
}
