// What the pages do by themselves: stay true, keep drafts, show photos large. Everything works without it, less comfortably.
"use strict";

const EVERY_SECONDS = 5;
const title = document.title;

// --- asking again and again, but only while somebody is looking

function poll(address, seconds, take, also = () => "") {
  let known = "";
  let timer = 0;
  async function ask() {
    window.clearTimeout(timer);
    if (document.hidden) return;
    try {
      const headers = known ? { "If-None-Match": known } : {};
      const answer = await fetch(address + also(), { headers, cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) return say("登录已过期，请刷新页面重新登录。写好的内容会留着。");
      if (answer.ok) {
        known = answer.headers.get("ETag") || "";
        take(await answer.text());
      }
      say(answer.ok || answer.status === 304 ? "" : "暂时连不上服务，正在重试。");
    } catch {
      say("网络断了，正在重连。写好的内容会留着。");
    }
    timer = window.setTimeout(ask, seconds * 1000);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  window.addEventListener("online", ask);
  timer = window.setTimeout(ask, seconds * 1000);
  return ask;
}

function say(words) {
  const bar = document.getElementById("offline");
  if (!bar) return;
  bar.textContent = words;
  bar.hidden = !words;
}

// --- pieces of a page that stay true

for (const piece of document.querySelectorAll("[data-live]")) {
  poll(piece.dataset.live, Number(piece.dataset.every) || EVERY_SECONDS, (html) => renew(piece, html), piece.hasAttribute("data-thread") ? writing : undefined);
}

// Colleagues with the same case open see who is writing to the farmer.
let wroteAt = -Infinity;
document.querySelector("form[data-draft]")?.addEventListener("input", () => { wroteAt = performance.now(); });

function writing() {
  return performance.now() - wroteAt < 10000 ? "?writing=1" : "";
}

function renew(piece, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const focused = piece.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  keepMedia(piece, fresh);
  const folds = [...piece.querySelectorAll("details")].map((fold) => fold.open);
  fresh.querySelectorAll("details").forEach((fold, at) => { fold.open = folds[at] || fold.open; });
  const before = piece.hasAttribute("data-thread") ? threadState(piece) : null;
  piece.replaceChildren(...fresh.childNodes);
  count();
  if (before) threadChanged(piece, before);
  if (focused) [...piece.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused)?.focus();
}

// What is on the screen already is not fetched again, and a recording that plays goes on.
function keepMedia(old, fresh) {
  for (const one of fresh.querySelectorAll("img[src], audio[src], video[src]")) {
    const same = [...old.querySelectorAll(one.tagName)].find((other) => other.getAttribute("src") === one.getAttribute("src"));
    if (same) one.replaceWith(same);
  }
}

function threadState(piece) {
  const thread = piece.querySelector(".thread");
  const shown = new Set([...thread.querySelectorAll("[id]")].map((line) => line.id));
  return { seen: Number(thread.dataset.seen), epoch: thread.dataset.epoch, state: thread.dataset.state, shown };
}

function threadChanged(piece, before) {
  const now = threadState(piece);
  for (const line of piece.querySelectorAll(".line[id]")) if (!before.shown.has(line.id)) line.classList.add("new");
  const newer = document.getElementById("newer");
  if (newer && now.seen > before.seen) newer.hidden = false;
  if (now.epoch !== before.epoch || now.state !== before.state) {
    const bar = document.createElement("p");
    bar.className = "notice warn";
    bar.setAttribute("role", "status");
    bar.append("这个工单的状态变了。", Object.assign(document.createElement("a"), { href: window.location.pathname, textContent: "刷新看最新情况" }), "，写好的内容会留着。");
    piece.after(bar);
  }
}

document.querySelector("[data-seen-it]")?.addEventListener("click", (event) => {
  const thread = document.querySelector("[data-thread] .thread");
  const seen = document.querySelector('[data-draft] input[name="seen"]');
  if (thread && seen) seen.value = thread.dataset.seen;
  event.target.closest("p").hidden = true;
});

// --- an offer runs out while one looks

function count() {
  for (const shown of document.querySelectorAll("time[data-until]")) {
    const left = Math.floor((Date.parse(shown.dateTime) - Date.now()) / 1000);
    if (left > 0 && left < 3600) shown.textContent = `还剩${Math.floor(left / 60)}分${String(left % 60).padStart(2, "0")}秒`;
    if (left <= 0) shown.textContent = "时间到了";
    shown.classList.toggle("late", left < 60);
  }
}
window.setInterval(count, 1000);

// --- the bell: how much waits, and the alarm on every page

const alarm = document.getElementById("alarm");
if (alarm) {
  const ask = poll(alarm.dataset.bell, 4, (json) => {
    const { waiting, alarms, notices } = JSON.parse(json);
    for (const mark of document.querySelectorAll("[data-notices]")) {
      mark.textContent = notices > 99 ? "99+" : notices;
      mark.hidden = !notices;
    }
    document.title = waiting ? `(${waiting}) ${title}` : title;
    alarm.replaceChildren(...alarms.map(({ number, words }) => {
      const link = document.createElement("a");
      link.href = alarm.dataset.case.replace(/ZJ$/, encodeURIComponent(number));
      link.textContent = `紧急：${words}，还没有人接手`;
      return link;
    }));
    alarm.hidden = !alarms.length;
  });
  ask();
}

// --- drafts stay on this device until they are sent

// A link that puts something in knows nothing of the draft; a form that does has sent it along.
const PUT_IN = /[?&](article|reply)=/.test(window.location.search) && !window.location.pathname.endsWith("/write");

for (const form of document.querySelectorAll("form[data-draft]")) {
  const draft = `draft:${form.dataset.draft}`;
  if (document.querySelector('[data-flash="done answer"], [data-flash="done ask_farmer"]')) drop(draft);
  for (const field of form.querySelectorAll('textarea, input:not([type]), input[type="radio"]')) remember(form, field, field.name === "text" ? draft : `${draft}:${field.name}`);
}

function remember(form, field, name) {
  if (field.type === "radio") {
    if (!form.querySelector(`[name="${field.name}"]:checked`) && recall(name) === field.value) field.checked = true;
    field.addEventListener("change", () => keep(name, field.value));
    return;
  }
  const before = recall(name), put = field.value;
  if (!put) field.value = before;
  else if (PUT_IN && before) field.value = before.includes(put) ? before : `${before}\n${put}`;
  if (field.value !== before) keep(name, field.value);
  field.addEventListener("input", () => keep(name, field.value));
}

function keep(name, text) {
  try { text ? localStorage.setItem(name, text) : localStorage.removeItem(name); } catch { /* private browsing */ }
}
function recall(name) {
  try { return localStorage.getItem(name) || ""; } catch { return ""; }
}
function drop(name) {
  try { for (const key of Object.keys(localStorage)) if (key === name || key.startsWith(`${name}:`)) localStorage.removeItem(key); } catch { /* private browsing */ }
}

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const box = button.closest("form").querySelector("textarea[data-main]") || button.closest("form").querySelector("textarea");
    box.value = box.value.trim() ? `${box.value.trimEnd()}\n${button.dataset.say}` : button.dataset.say;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
}

// --- what may not be used is said while one writes; the service looks again when it is sent

for (const form of document.querySelectorAll("form[data-check]")) {
  const found = form.querySelector("[data-found]");
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked;
    const said = [...form.querySelectorAll("textarea, input:not([type])")].map((field) => field.value).join("\n");
    const body = new FormData();
    body.append("csrf_token", form.querySelector('[name="csrf_token"]').value);
    body.append("text", said);
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body, credentials: "same-origin" });
      if (!answer.ok || mine !== asked) return;
      found.textContent = (await answer.json()).words;
      found.hidden = !found.textContent;
    } catch { /* the next key tries again */ }
  };
  form.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(look, 600); });
}

// --- photos

for (const picker of document.querySelectorAll('input[type="file"][name="photos"]')) {
  picker.addEventListener("change", () => {
    const previews = picker.closest("form").querySelector(".previews");
    previews.replaceChildren(...[...picker.files].map((file) => Object.assign(new Image(), { src: URL.createObjectURL(file), alt: file.name })));
  });
}

// --- a recording that cannot be played can be downloaded

document.addEventListener("error", (event) => {
  if (event.target.tagName !== "AUDIO" || !event.target.closest(".media .voice")) return;
  event.target.hidden = true;
  event.target.parentElement.querySelector(".hint").hidden = false;
}, true);

const viewer = document.getElementById("viewer");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || !viewer?.showModal || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  viewer.querySelector("img").src = link.href;
  viewer.querySelector("[data-original]").href = link.href;
  viewer.showModal();
});
viewer?.addEventListener("click", (event) => {
  if (event.target === viewer || event.target.closest("[data-close]") || event.target.tagName === "IMG") viewer.close();
});

// --- once is enough

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return event.preventDefault();
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post") {
    form.dataset.sent = "yes";
    window.setTimeout(() => { for (const button of form.querySelectorAll("button:not([type])")) button.disabled = true; });
  }
});
window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

// --- an article while it is written

for (const form of document.querySelectorAll("form[data-preview]")) {
  const shown = document.querySelector("[data-previewed]");
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      if (answer.ok && mine === asked) shown.innerHTML = await answer.text();
    } catch { /* the next key tries again */ }
  };
  form.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(look, 500); });
  if (!form.querySelector("input[name=article_id]").value) look();
}
