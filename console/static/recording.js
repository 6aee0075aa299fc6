// A voice answer: recorded here, heard, then sent or deleted. Without a microphone the button is not shown.

const MOST_SECONDS = 59; // WeChat takes sixty, and recorders stop a little late
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

for (const box of document.querySelectorAll("[data-recorder]")) {
  if (window.MediaRecorder && window.DataTransfer && navigator.mediaDevices?.getUserMedia) offer(box);
}

function offer(box) {
  const [start, stop, drop, told] = ["start", "stop", "drop", "told"].map((name) => box.querySelector(`[data-${name}]`));
  const player = box.querySelector("audio");
  const field = box.querySelector('input[name="voice"]');
  let recorder = null;
  let timer = 0;

  function show(state, words) {
    start.hidden = state !== "empty";
    stop.hidden = state !== "recording";
    drop.hidden = player.hidden = state !== "recorded";
    told.textContent = words;
  }

  function put(files) {
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    field.files = carrier.files;
    URL.revokeObjectURL(player.src);
    if (files.length) player.src = URL.createObjectURL(files[0]);
    else player.removeAttribute("src");
  }

  async function record() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return show("empty", "没有找到麦克风，或者没有允许使用麦克风。");
    }
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    const pieces = [];
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 32000 } : {});
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      window.clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
      put([new File(pieces, "voice", { type: recorder.mimeType })]);
      show("recorded", "录好了，先听一遍再发。");
    });
    recorder.start();
    const since = performance.now();
    const tick = () => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      if (seconds >= MOST_SECONDS) return finish();
      told.textContent = `正在录 ${seconds}秒（最长${MOST_SECONDS}秒）`;
    };
    show("recording", "");
    tick();
    timer = window.setInterval(tick, 200);
  }

  function finish() {
    if (recorder?.state === "recording") recorder.stop();
  }

  start.addEventListener("click", record);
  stop.addEventListener("click", finish);
  drop.addEventListener("click", () => { put([]); show("empty", ""); });
  field.form.addEventListener("submit", (event) => {
    if (recorder?.state !== "recording") return;
    event.preventDefault(); // what is still being recorded is heard first
    event.stopPropagation();
    finish();
  });
  box.hidden = false;
  show("empty", "");
}
