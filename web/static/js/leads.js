// Assigning a lead by hand: one question, asked for the lead whose button was pressed.
document.addEventListener("click", (event) => {
  const asks = event.target.closest?.("[data-assign]");
  if (!asks || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = document.getElementById("assigning");
  dialog.querySelector("form").action = asks.dataset.assign;
  dialog.querySelector("h2").textContent = asks.dataset.title;
  dialog.showModal();
  dialog.querySelector("select").focus();
});
