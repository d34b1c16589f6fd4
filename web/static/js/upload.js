// The first step of the wizard: a file by click or by drop; its name, its size, and how far it is.
export function start() {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const zone = form.querySelector("[data-drop]");
  const input = zone.querySelector("input");
  const name = document.getElementById("name");
  let suggested = name.defaultValue; // not what was typed before this script was there

  const show = () => {
    const file = input.files[0];
    if (!file) return;
    zone.classList.add("has-file");
    zone.querySelector(".drop-empty").hidden = true;
    zone.querySelector(".drop-file").hidden = false;
    zone.querySelector("[data-file-name]").textContent = file.name;
    zone.querySelector("[data-file-size]").textContent = size(file.size);
    if (name.value === "" || name.value === suggested) {
      suggested = file.name.replace(/\.[^.]*$/, "").replace(/[_\s]+/g, " ").trim().slice(0, 120);
      name.value = suggested;
    }
  };

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
  form.addEventListener("submit", (event) => {
    if (!input.files[0] || event.submitter?.value === "cancel") return;
    event.preventDefault();
    send(form, input.files[0], event.submitter);
  });
  show();
}

function size(bytes) {
  const [value, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

// By hand, because only so can a page tell how far a large file is.
function send(form, file, button) {
  if (file.size > Number(form.dataset.most)) return complain(form, form.dataset.tooLarge);
  const bar = form.querySelector("[data-progress]");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  if (button) button.disabled = true;
  request.upload.addEventListener("progress", (event) => {
    const part = event.total ? Math.floor((100 * event.loaded) / event.total) : 0;
    bar.querySelector("progress").value = part;
    bar.querySelector("[data-percent]").textContent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(part / 100);
  });
  const end = (sentence) => {
    bar.hidden = true;
    if (button) button.disabled = false;
    complain(form, sentence);
  };
  request.addEventListener("error", () => end(form.dataset.lost));
  request.addEventListener("load", () => {
    if (request.status === 200) return location.assign(request.responseURL);
    if (request.status === 401) return location.reload();
    if (request.status === 413) return end(form.dataset.tooLarge);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const said = page.getElementById("upload-errors")?.textContent.trim() || page.querySelector(".empty-subtitle, .invalid-feedback")?.textContent.trim();
    end(said || form.dataset.lost);
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function complain(form, sentence) {
  const alert = document.createElement("div");
  alert.className = "alert alert-danger";
  alert.setAttribute("role", "alert");
  alert.textContent = sentence;
  form.querySelector("#upload-errors").replaceChildren(alert);
}
