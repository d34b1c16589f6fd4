// My Session: the window that opens by itself, its drafts, and its keys.
const stage = () => document.getElementById("stage");
const form = () => document.querySelector("form[data-draft]");
const key = (attempt) => `draft:${stage()?.dataset.user}:${attempt}`;
let shown = null;

function opened() {
  const attempt = stage()?.dataset.attempt ?? null;
  document.title = `${stage()?.dataset.title} · Ringpool`;
  if (attempt !== null && attempt !== shown) {
    restore(attempt);
    document.getElementById("disposition-window")?.focus({ preventScroll: true });
  }
  shown = attempt;
}

function restore(attempt) {
  const kept = JSON.parse(sessionStorage.getItem(key(attempt)) || "null");
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith("draft:") && name !== key(attempt)) sessionStorage.removeItem(name);
  }
  if (!kept || !form()) return;
  form().notes.value = kept.notes;
  const result = form().querySelector(`input[value="${CSS.escape(kept.result ?? "")}"][name="result_id"]`);
  if (result) result.checked = true;
}

function keep() {
  const result = form().querySelector('input[name="result_id"]:checked');
  const draft = { notes: form().notes.value, result: result?.value ?? null };
  sessionStorage.setItem(key(form().dataset.draft), JSON.stringify(draft));
}

document.addEventListener("input", (event) => {
  if (form()?.contains(event.target)) keep();
});

document.addEventListener("keydown", (event) => {
  if (!form()) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const save = document.getElementById("save-and-go");
    if (!save.disabled) save.click();
    return;
  }
  const typing = event.target.closest("textarea, select, input:not([type=radio])");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
  const result = form().querySelector(`input[data-key="${event.key}"]`);
  if (!result) return;
  event.preventDefault();
  result.checked = true;
  result.focus();
  keep();
});

// Answers can overtake each other: one that was read earlier than what is shown is let go.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "stage" || !event.detail.shouldSwap) return;
  const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").getElementById("stage");
  if (fresh && Number(fresh.dataset.readAt) < Number(stage().dataset.readAt)) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:afterSettle", opened);
opened();
