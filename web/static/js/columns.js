// Step 2 of the wizard: what the chosen column holds, and which columns are left over.
const fields = [...document.querySelectorAll("select[data-field]")];
const left = document.getElementById("unmapped");
const headers = [...fields[0].options].map((option) => option.value).filter(Boolean);

function show() {
  for (const field of fields) {
    const sample = document.querySelector(`[data-sample-of="${field.id}"]`);
    sample.textContent = sample.title = field.selectedOptions[0]?.dataset.sample || "";
  }
  const taken = new Set(fields.map((field) => field.value));
  const others = headers.filter((header) => !taken.has(header));
  left.textContent = others.length ? `${left.dataset.some} ${others.join(", ")}` : left.dataset.none;
}

for (const field of fields) {
  field.addEventListener("change", () => {
    field.classList.remove("is-invalid");
    show();
  });
}
show();
