// Column mapping: what the chosen column holds, and which columns fill no field.
export function start() {
  const fields = [...document.querySelectorAll("select[data-field]")];
  const left = document.getElementById("unmapped");
  if (!left) return;
  const headers = [...fields[0].options].map((option) => option.value).filter(Boolean);
  const preview = document.getElementById("preview");
  const samples = new Map(headers.map((header, place) => [
    header, [...preview.tBodies[0].rows].map((row) => row.cells[place].textContent).join(" · "),
  ]));

  const show = () => {
    for (const field of fields) {
      const sample = document.querySelector(`[data-sample-of="${field.id}"]`);
      sample.textContent = sample.title = samples.get(field.value) || "";
    }
    const taken = new Set(fields.map((field) => field.value));
    const others = headers.filter((header) => !taken.has(header));
    left.textContent = others.length ? `${left.dataset.some} ${others.join(", ")}` : left.dataset.none;
    [...preview.tHead.rows[0].cells].forEach((cell, place) => cell.classList.toggle("mapped", taken.has(headers[place])));
  };
  for (const field of fields) {
    field.addEventListener("change", () => {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
      field.closest("tr").classList.remove("wrong");
      show();
    });
  }
  // Enter in the mapping's name saves the mapping, not the list.
  for (const input of document.querySelectorAll("[data-enter]")) {
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      document.getElementById(input.dataset.enter).click();
    });
  }
  show();
}
