// Settings of a list that depend on each other: shown as they are typed, checked by the server.
export function start() {
  const enables = document.querySelector("[data-enables]");
  if (enables) {
    const fields = document.getElementById(enables.dataset.enables);
    const show = () => (fields.inert = !enables.checked);
    enables.addEventListener("change", show);
    show();
  }

  const advice = document.querySelector("[data-advice]");
  const size = document.getElementById("batch_size");
  if (advice && size) {
    const show = () => (advice.hidden = !(Number(size.value) > Number(advice.dataset.advice)));
    size.addEventListener("input", show);
    show();
  }

  const sort = document.querySelector("[data-sort]");
  if (sort) {
    const order = document.querySelector("[data-order]");
    const show = () => (order.disabled = ["upload", "random"].includes(sort.value));
    sort.addEventListener("change", show);
    show();
  }

  const midnight = document.querySelector("[data-midnight]");
  if (midnight) {
    const [from, until] = [document.querySelector("[data-from]"), document.querySelector("[data-until]")];
    const show = () => (midnight.hidden = !(from.value && until.value && until.value < from.value));
    for (const input of [from, until]) input.addEventListener("input", show);
    show();
  }
}
