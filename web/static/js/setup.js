// Forms of the set-up pages: searching in ticks, rows of skills, words as chips. Each works without this.
for (const box of document.querySelectorAll("[data-ticks]")) {
  const filter = box.querySelector("[data-filter]");
  const count = box.querySelector("[data-count]");
  const ticks = [...box.querySelectorAll(".form-check")];
  const say = () => {
    const chosen = ticks.filter((tick) => tick.querySelector("input").checked).length;
    if (count) count.textContent = count.dataset.text.replace("__n__", chosen).replace("__all__", ticks.length);
  };
  box.addEventListener("change", say);
  say();
  filter?.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const tick of ticks) tick.hidden = !tick.textContent.toLowerCase().includes(wanted);
  });
  filter?.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

for (const box of document.querySelectorAll("[data-skills]")) {
  const spare = box.querySelector("[data-spare]");
  if (!spare) continue;
  const pattern = spare.firstElementChild.cloneNode(true);
  const add = box.querySelector("[data-add-skill]");
  add.hidden = false;
  spare.replaceChildren();
  const show = () => box.querySelectorAll("[data-remove-skill]").forEach((button) => (button.hidden = false));
  add.addEventListener("click", () => {
    const row = pattern.cloneNode(true);
    spare.before(row);
    show();
    row.querySelector("input").focus();
  });
  box.addEventListener("click", (event) => {
    const row = event.target.closest("[data-remove-skill]")?.closest("[data-skill]");
    if (!row) return;
    const next = row.nextElementSibling?.querySelector?.("[data-remove-skill]") ?? add;
    row.remove();
    next.focus();
  });
  show();
}

const SEPARATOR = /[,;\n]/;

function chips(box) {
  const field = box.querySelector("input");
  const disabled = field.matches(":disabled");
  const words = field.value.split(SEPARATOR).map((word) => word.trim()).filter(Boolean);
  const kept = document.createElement("input");
  kept.type = "hidden";
  kept.name = field.name;
  kept.disabled = disabled;
  field.removeAttribute("name");
  field.value = "";
  const hint = field.placeholder;
  box.classList.add("tags", "form-control");
  field.className = "tags-entry";
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");

  function draw() {
    for (const chip of box.querySelectorAll(".tag")) chip.remove();
    kept.value = words.join(",");
    field.placeholder = words.length ? "" : hint;
    words.forEach((word, place) => {
      const chip = document.createElement("span");
      chip.className = "tag";
      const text = document.createElement("span");
      text.className = "text-truncate";
      text.textContent = word;
      chip.title = word;
      chip.append(text);
      if (!disabled) {
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "btn-close";
        remove.setAttribute("aria-label", `${box.dataset.remove}: ${word}`);
        remove.addEventListener("click", () => {
          words.splice(place, 1);
          said.textContent = `− ${word}`;
          draw();
          field.focus();
        });
        chip.append(remove);
      }
      field.before(chip);
    });
  }

  function take() {
    for (const word of field.value.split(SEPARATOR).map((part) => part.trim()).filter(Boolean)) {
      if (words.some((known) => known.toLowerCase() === word.toLowerCase())) continue;
      words.push(word);
      said.textContent = `+ ${word}`;
    }
    field.value = "";
    draw();
  }

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && field.value.trim()) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !field.value && words.length) {
      said.textContent = `− ${words.pop()}`;
      draw();
    }
  });
  field.addEventListener("input", (event) => {
    const chosen = event.inputType === "insertReplacementText" || !event.inputType; // from the suggestions
    if (SEPARATOR.test(field.value) || chosen) take();
  });
  field.addEventListener("change", take);
  box.addEventListener("click", (event) => event.target === box && field.focus());
  field.form?.addEventListener("submit", take);
  box.append(kept, said);
  draw();
}

for (const box of document.querySelectorAll("[data-tags]")) chips(box);
