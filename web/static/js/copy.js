// Copies what data-copy names, and says so; over plain http the browser gives us no clipboard.
function copied(button) {
  button.querySelector("span").textContent = button.dataset.copied;
  button.setAttribute("aria-live", "polite");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(field.value);
    copied(button);
  } else if (document.execCommand("copy")) {
    copied(button);
  }
});
