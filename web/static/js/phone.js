// The browser phone: the microphone first, then an account for this page, then it registers and
// waits. A call that asks for it is answered by itself; any other rings, as a lead does that is rung for.
// One window of a browser has the phone at a time.
import JsSIP from "../vendor/jssip.js";
import * as ring from "./phone_ring.js";

const bar = document.getElementById("phone");
const sound = document.getElementById("phone-sound");
const part = (name) => bar.querySelector(`[data-phone="${name}"]`);
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

const KEEP_MS = 60_000; // the account lives ten minutes after the last word of its page
const PUSHED_WITHIN = 20; // tries, half a second apart: the account is on its way to Asterisk
const NEEDS_A_PERSON = new Set(["none", "blocked", "busy", "insecure", "elsewhere", "refused"]);

let microphone = null; // MediaStream
let account = null;
let agent = null; // JsSIP.UA
let call = null; // JsSIP.RTCSession
let tries = 0;
let keeping = null;

export function state() {
  return bar?.dataset.state ?? "none";
}

function say(name) {
  bar.dataset.state = name;
  for (const sentence of bar.querySelectorAll("[data-says]")) sentence.hidden = sentence.dataset.says !== name;
  part("again").hidden = !["blocked", "busy", "refused", "none"].includes(name);
  part("here").hidden = name !== "elsewhere";
  part("tools").hidden = name !== "ready" && bar.dataset.line !== "up";
  document.dispatchEvent(new CustomEvent("phone", { detail: name }));
}

function line(up) {
  bar.dataset.line = up ? "up" : "down";
  part("mute").disabled = !up;
  if (!up) showMuted(false);
}

// -- the microphone ------------------------------------------------------------------------------

const wanted = () => localStorage.getItem("phone:microphone") || undefined;

async function openMicrophone() {
  if (!navigator.mediaDevices) return say("insecure");
  say("asking");
  try {
    const id = wanted();
    microphone = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(id ? { deviceId: { ideal: id } } : {}) },
    });
  } catch (error) {
    return say({ NotAllowedError: "blocked", NotFoundError: "none", OverconstrainedError: "none" }[error.name] || "busy");
  }
  microphone.getAudioTracks()[0].addEventListener("ended", lostMicrophone);
  meter();
  await showDevices();
  return true;
}

async function lostMicrophone() {
  say("none");
  if (await openMicrophone()) await useMicrophone();
}

async function useMicrophone() {
  const track = microphone.getAudioTracks()[0];
  const sender = call?.connection?.getSenders().find((each) => each.track?.kind === "audio" || !each.track);
  if (sender) {
    track.enabled = !call.isMuted().audio;
    await sender.replaceTrack(track);
  }
  if (agent?.isRegistered()) say("ready");
  else if (!agent) await connect();
}

let analyser = null;
let context = null;

function meter() {
  context ??= new AudioContext();
  analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(microphone).connect(analyser);
}

setInterval(() => {
  if (!analyser || document.hidden || part("tools").hidden) return;
  const samples = new Uint8Array(analyser.fftSize);
  analyser.getByteTimeDomainData(samples);
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0);
  const percent = Math.min(100, Math.round((Math.log10(1 + peak) / Math.log10(129)) * 100));
  part("level").style.setProperty("--level", `${percent}%`);
  part("level").parentElement.setAttribute("aria-valuenow", String(percent));
}, 120);

// -- devices -------------------------------------------------------------------------------------

const lists = { audioinput: "phone-microphone", audiooutput: "phone-speaker" };

async function showDevices() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const [kind, id] of Object.entries(lists)) {
    const select = document.getElementById(id);
    const chosen = kind === "audioinput" ? wanted() : localStorage.getItem("phone:speaker");
    select.replaceChildren(
      ...devices.filter((device) => device.kind === kind).map((device) => new Option(device.label || device.deviceId, device.deviceId, false, device.deviceId === chosen)),
    );
    select.disabled = select.options.length === 0;
  }
  const speaker = localStorage.getItem("phone:speaker");
  if (speaker && sound.setSinkId) await sound.setSinkId(speaker).catch(() => localStorage.removeItem("phone:speaker"));
}

async function chooseMicrophone(id) {
  localStorage.setItem("phone:microphone", id);
  const old = microphone;
  old?.getAudioTracks()[0]?.removeEventListener("ended", lostMicrophone);
  if (await openMicrophone()) {
    await useMicrophone();
    for (const track of old?.getTracks() ?? []) track.stop();
  }
}

// -- the account and registering -----------------------------------------------------------------

async function post(url, fields = {}, options = {}) {
  return fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(fields), ...options });
}

async function connect() {
  say("connecting");
  agent?.stop();
  agent = null;
  try {
    const answer = await post(bar.dataset.account);
    if (!answer.ok) return say("refused");
    account = await answer.json();
  } catch {
    say("network");
    setTimeout(connect, 3000);
    return undefined;
  }
  tries = 0;
  agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(account.url)],
    uri: `sip:${account.extension}@${location.hostname || "localhost"}`,
    password: account.secret,
    register_expires: 60,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 5,
    user_agent: "Ringpool browser phone",
  });
  agent.on("registered", () => {
    tries = 0;
    say("ready");
  });
  agent.on("registrationFailed", ({ response }) => {
    if (!response) return; // no network: it says so itself
    tries += 1;
    if (tries < PUSHED_WITHIN) setTimeout(() => agent?.isConnected() && agent.register(), 500);
    else say("refused");
  });
  agent.on("disconnected", () => agent && !NEEDS_A_PERSON.has(state()) && say("network"));
  agent.on("connected", () => state() === "network" && say("connecting"));
  agent.on("newRTCSession", ({ originator, session, request }) => originator === "remote" && incoming(session, request));
  agent.start();
  clearInterval(keeping);
  keeping = setInterval(keep, KEEP_MS);
  return undefined;
}

async function keep() {
  try {
    const answer = await post(bar.dataset.keepAlive, { secret: account.secret });
    // Another browser took the phone over, or the laptop slept longer than the account lived.
    if (answer.status === 409) letGo("elsewhere");
  } catch {
    // No network: the phone says so itself.
  }
}

function letGo(name) {
  clearInterval(keeping);
  agent?.stop();
  agent = null;
  say(name);
}

// -- calls ---------------------------------------------------------------------------------------

// What Asterisk is told to send with calls that the agent asked for (AUTO_ANSWER in ari_app/commands.py).
function answersItself(request) {
  return /answer-after=0/.test(request.getHeader("Call-Info") ?? "") || /alert-autoanswer/.test(request.getHeader("Alert-Info") ?? "");
}

function incoming(session, request) {
  if (call && !call.isEnded()) {
    session.terminate({ status_code: 486 });
    return;
  }
  call = session;
  session.on("peerconnection", ({ peerconnection }) => listen(peerconnection));
  session.on("icecandidate", (event) => event.ready()); // the first is enough: Asterisk learns the rest
  session.on("confirmed", () => line(true));
  const answer = () => session.answer({ mediaStream: microphone, pcConfig: { iceServers: [] } });
  for (const end of ["ended", "failed"]) {
    session.on(end, () => {
      if (call !== session) return;
      call = null;
      line(false);
    });
  }
  if (answersItself(request)) answer();
  else ring.start(bar, session, { answer, press: pressKey, context: () => context });
}

function listen(connection) {
  connection.addEventListener("track", ({ track, streams }) => {
    sound.srcObject = streams[0] ?? new MediaStream([track]);
    sound.play().catch(() => {}); // begins with the first click where the browser wants one
  });
}

function pressKey(key) {
  call?.sendDTMF(key, { duration: 120, transportType: "RFC2833" });
}

function showMuted(muted) {
  part("mute").setAttribute("aria-pressed", String(muted));
  part("mute").classList.toggle("btn-warning", muted);
}

function mute() {
  if (!call) return;
  const muted = !call.isMuted().audio;
  if (muted) call.mute({ audio: true });
  else call.unmute({ audio: true });
  showMuted(muted);
}

// -- one window ----------------------------------------------------------------------------------

async function haveThePhone(options) {
  await navigator.locks.request("ringpool-phone", options, async (lock) => {
    if (!lock) return;
    if (await openMicrophone()) await connect();
    await new Promise(() => {}); // held until this window closes or another one takes it
  }).catch(() => letGo("elsewhere")); // taken by another window
}

async function start() {
  say("starting");
  if (!navigator.locks) return say("insecure");
  const { held } = await navigator.locks.query();
  if (held.some((lock) => lock.name === "ringpool-phone")) say("elsewhere");
  return haveThePhone({});
}

if (bar) {
  part("again").addEventListener("click", async () => {
    if ((microphone?.active || (await openMicrophone())) && !call) await connect();
  });
  part("here").addEventListener("click", () => haveThePhone({ steal: true }));
  part("mute").addEventListener("click", mute);
  for (const key of bar.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () => pressKey(key.dataset.key));
  }
  document.getElementById("phone-microphone").addEventListener("change", (event) => chooseMicrophone(event.target.value));
  document.getElementById("phone-speaker").addEventListener("change", (event) => {
    localStorage.setItem("phone:speaker", event.target.value);
    sound.setSinkId?.(event.target.value);
  });
  navigator.mediaDevices?.addEventListener("devicechange", () => (state() === "none" ? lostMicrophone() : showDevices()));
  document.addEventListener("click", () => context?.resume(), { once: true });
  addEventListener("beforeunload", (event) => {
    // The page is the phone: leaving it in a conversation gives the prospect to somebody else.
    if (call && document.getElementById("hang-up")) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (call && !call.isEnded()) call.terminate(); // said goodbye, it need not be missed first
    if (account) post(bar.dataset.giveUp, { secret: account.secret }, { keepalive: true });
  });
  start();
}
