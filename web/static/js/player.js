// The popup that plays a recording: [data-recording] holds the address of its popup. The waveform is drawn
// from peaks that came with it; the sound's address is good for minutes and is asked for anew when it is not.
const STEP_S = 5;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-recording]");
  if (button) open(button);
});

async function open(button) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.recording, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) return location.reload();
    const dialog = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("dialog.player");
    if (!dialog) throw new Error("no recording");
    document.querySelector("dialog.player")?.remove();
    document.body.append(dialog);
    start(dialog);
    dialog.showModal();
    dialog.addEventListener("close", () => {
      const sound = dialog.querySelector("audio");
      dialog.remove();
      // What is still on its way would be fetched to its end.
      sound?.pause();
      sound?.removeAttribute("src");
      sound?.load();
      if (button.isConnected) button.focus();
    });
  } catch {
    button.classList.add("text-red");
    button.title = button.dataset.failed ?? button.title;
  } finally {
    button.disabled = false;
  }
}

function start(dialog) {
  const sound = dialog.querySelector("audio");
  if (!sound) return;
  const wave = dialog.querySelector(".waveform");
  const peaks = (wave.dataset.peaks.match(/../g) ?? []).map((each) => parseInt(each, 16));
  const pauses = wave.dataset.pauses.split(" ").filter(Boolean).map((each) => Number(each) / 1000);
  const button = dialog.querySelector("[data-play-pause]");
  let renewed = -Infinity;

  const length = () => (Number.isFinite(sound.duration) ? sound.duration : Number(wave.dataset.lengthMs) / 1000);
  const say = (text) => {
    const says = dialog.querySelector("[data-says]");
    says.hidden = !text;
    says.textContent = text;
  };

  function show() {
    const now = sound.currentTime;
    dialog.querySelector("[data-now]").textContent = clock(now);
    dialog.querySelector("[data-whole]").textContent = clock(length());
    wave.setAttribute("aria-valuemax", Math.floor(length()));
    wave.setAttribute("aria-valuenow", Math.floor(now));
    wave.setAttribute("aria-valuetext", `${clock(now)} / ${clock(length())}`);
    button.querySelector(".when-paused").hidden = !sound.paused;
    button.querySelector(".when-playing").hidden = sound.paused;
    draw(wave, peaks, pauses, length() ? now / length() : 0, length());
  }

  const play = () => sound.play().catch((error) => error.name === "NotSupportedError" && say(dialog.dataset.failed));
  const toggle = () => (sound.paused ? play() : sound.pause());
  function seek(seconds) {
    sound.currentTime = Math.max(0, Math.min(seconds, length()));
    show();
  }
  const at = (event) => {
    const box = wave.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * length();
  };

  button.addEventListener("click", toggle);
  wave.addEventListener("pointerdown", (event) => {
    wave.setPointerCapture(event.pointerId);
    seek(at(event));
  });
  wave.addEventListener("pointermove", (event) => wave.hasPointerCapture(event.pointerId) && seek(at(event)));
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("select, a") || event.altKey || event.ctrlKey || event.metaKey) return;
    const moves = {
      ArrowLeft: sound.currentTime - STEP_S, ArrowDown: sound.currentTime - STEP_S,
      ArrowRight: sound.currentTime + STEP_S, ArrowUp: sound.currentTime + STEP_S,
      PageDown: sound.currentTime - 30, PageUp: sound.currentTime + 30, Home: 0, End: length(),
    };
    if (event.key in moves) seek(moves[event.key]);
    else if (event.key !== " " || event.target.closest("button")) return;
    else toggle();
    event.preventDefault();
  });
  dialog.querySelector("[data-speed]").addEventListener("change", (event) => {
    sound.playbackRate = Number(event.target.value);
  });
  dialog.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-seek-ms]");
    if (mark) seek(Number(mark.dataset.seekMs) / 1000);
    if (event.target === dialog) dialog.close(); // beside it
  });
  for (const happened of ["timeupdate", "play", "pause", "ended", "seeked", "durationchange"]) {
    sound.addEventListener(happened, show);
  }
  // A smoother line than timeupdate's four times a second.
  const frame = () => {
    if (!dialog.isConnected) return;
    if (!sound.paused) show();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  async function renew() {
    const answer = await fetch(`${dialog.dataset.again}?earlier=${encodeURIComponent(dialog.dataset.token)}`);
    if (!answer.ok) return null;
    const { sound: address, token } = await answer.json();
    dialog.dataset.token = token;
    return address;
  }
  // The address was good for a few minutes: another one, and on from where it stopped.
  sound.addEventListener("error", async () => {
    if (!dialog.isConnected) return;
    const place = sound.currentTime;
    if (performance.now() - renewed < 10_000) return say(dialog.dataset.failed);
    renewed = performance.now();
    const address = await renew().catch(() => null);
    if (!address) return say(dialog.dataset.failed);
    sound.src = address;
    sound.currentTime = place;
    sound.playbackRate = Number(dialog.querySelector("[data-speed]").value);
    say("");
    return play();
  });
  dialog.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
    event.preventDefault();
    const address = await renew().catch(() => null);
    if (address) location.assign(`${address}?copy=1`);
    else say(dialog.dataset.failed);
  });
  show();
  new ResizeObserver(show).observe(wave);
  play();
}

function draw(wave, peaks, pauses, share, length) {
  const canvas = wave.querySelector("canvas");
  const scale = devicePixelRatio || 1;
  const { width, height } = wave.getBoundingClientRect();
  if (!width) return;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(wave);
  const heard = style.getPropertyValue("--tblr-primary") || "#066fd1";
  const rest = style.getPropertyValue("--tblr-secondary") || "#6b7280";
  const loudest = Math.max(24, ...peaks);
  const bars = Math.min(peaks.length, Math.floor(width / 3));
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    const tall = Math.max(1, (Math.max(...peaks.slice(from, to)) / loudest) * (height - 8));
    pen.fillStyle = bar / bars < share ? heard : rest;
    pen.fillRect((bar * width) / bars, (height - tall) / 2, Math.max(1, width / bars - 1), tall);
  }
  pen.fillStyle = style.getPropertyValue("--tblr-orange") || "#f76707";
  for (const pause of pauses) if (length) pen.fillRect((pause / length) * width - 1, 0, 2, height);
  pen.fillStyle = heard;
  pen.fillRect(share * width - 1, 0, 2, height);
}

function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return parts[0] ? `${parts[0]}:${two(parts[1])}:${two(parts[2])}` : `${parts[1]}:${two(parts[2])}`;
}
