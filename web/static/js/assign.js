// Assign By users or teams: only the chosen kind shows; a long list can be searched.
export function start() {
  const box = document.querySelector("[data-assign]");
  const show = () => {
    const chosen = box.querySelector('input[name="assign_by"]:checked')?.value;
    for (const part of box.querySelectorAll("[data-by]")) part.hidden = part.dataset.by !== chosen;
  };
  box?.addEventListener("change", show);
  if (box) show();
  for (const filter of document.querySelectorAll("[data-filter]")) {
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const tick of filter.closest("[data-ticks]").querySelectorAll(".form-check")) {
        tick.hidden = !tick.textContent.toLowerCase().includes(wanted);
      }
    });
    filter.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }
}
