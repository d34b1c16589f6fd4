// A call that rings at the browser phone: who calls, Answer and Decline, and, once answered, the key
// that takes the lead. Who has it is the server's to say, in the part of the page that is called ringing.

const HIGH = 480;
const LOW = 440;
const LOUDNESS = 0.06;

export function start(bar, session, { answer, press, context }) {
  const part = (name) => bar.querySelector(`[data-phone="${name}"]`);
  const box = part("ring");
  const said = part("said");
  const buttons = Object.fromEntries(["answer", "take", "decline"].map((name) => [name, part(name)]));
  const { display_name: shown, uri } = session.remote_identity;
  const idle = () => !document.activeElement || document.activeElement === document.body;
  const done = new AbortController();
  const tone = ringTone(context());

  function say(what) {
    said.textContent = said.dataset[what];
    bar.dataset.ring = what;
  }

  function show(names) {
    const focused = box.contains(document.activeElement);
    for (const [name, button] of Object.entries(buttons)) button.hidden = !names.includes(name);
    if (focused || idle()) names.length && buttons[names[0]].focus(); // never away from what is being typed
  }

  function on(name, act) {
    buttons[name].addEventListener("click", act, { signal: done.signal });
  }

  part("caller").textContent = shown || uri.user;
  part("caller").title = shown || uri.user;
  say("rings");
  box.hidden = false;
  show(["answer", "decline"]);
  on("answer", () => {
    tone.stop();
    answer();
  });
  on("decline", () => session.terminate(session.isEstablished() ? {} : { status_code: 603 }));
  on("take", () => {
    press("1"); // again where the first was not heard: the page says who has the lead
    say("pressed");
  });
  session.on("confirmed", () => {
    tone.stop();
    say("answered");
    show(["take", "decline"]);
  });
  const word = () => document.querySelector("#ringing .ringing-mine, #ringing .ringing-taken")?.id;
  const before = word(); // of the lead before this one, shown still
  const decided = ({ detail }) => {
    if (detail.target?.id === "ringing" && word() && word() !== before) finish();
  };
  document.body.addEventListener("htmx:afterSettle", decided, { signal: done.signal });
  for (const end of ["ended", "failed"]) session.on(end, finish);

  function finish() {
    if (done.signal.aborted) return;
    done.abort();
    tone.stop();
    if (box.contains(document.activeElement)) document.activeElement.blur();
    box.hidden = true;
    delete bar.dataset.ring;
  }
}

// Two seconds of a quiet tone, four of silence. A browser that wants a click first stays silent until then.
function ringTone(context) {
  if (!context) return { stop() {} };
  context.resume().catch(() => {});
  const loudness = context.createGain();
  loudness.gain.value = 0;
  loudness.connect(context.destination);
  const voices = [LOW, HIGH].map((frequency) => {
    const voice = new OscillatorNode(context, { frequency });
    voice.connect(loudness);
    voice.start();
    return voice;
  });
  const ringOnce = () => {
    const at = context.currentTime;
    loudness.gain.setTargetAtTime(LOUDNESS, at, 0.02);
    loudness.gain.setTargetAtTime(0, at + 2, 0.02);
  };
  ringOnce();
  const again = setInterval(ringOnce, 6000);
  let sounding = true;
  return {
    stop() {
      if (!sounding) return;
      sounding = false;
      clearInterval(again);
      for (const voice of voices) voice.stop();
      loudness.disconnect();
    },
  };
}
