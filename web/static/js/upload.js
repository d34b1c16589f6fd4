// Step 1 of the wizard: a file by click or by drop; its name and size are shown.
const zone = document.querySelector("[data-drop]");
const input = zone.querySelector("input");
const name = document.getElementById("name");
let suggested = name.value;

function show() {
  const file = input.files[0];
  zone.classList.toggle("has-file", Boolean(file));
  zone.querySelector(".drop-empty").hidden = Boolean(file);
  zone.querySelector(".drop-file").hidden = !file;
  if (!file) return;
  zone.querySelector("[data-file-name]").textContent = file.name;
  const size = file.size < 1e6 ? [Math.max(1, Math.round(file.size / 1e3)), "kilobyte"] : [file.size / 1e6, "megabyte"];
  zone.querySelector("[data-file-size]").textContent = new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: size[1], maximumFractionDigits: 1,
  }).format(size[0]);
  if (name.value === "" || name.value === suggested) {
    suggested = file.name.replace(/\.[^.]*$/, "").replace(/[_\s]+/g, " ").trim().slice(0, 120);
    name.value = suggested;
  }
}

input.addEventListener("change", show);
for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) {
    input.files = event.dataTransfer.files;
    show();
  }
});
show();
