// The desk: which phones lie on it, and the one long poll that keeps them all up to date.

import { ask, clockText, el } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Phone } from "./phone.js";

const STEMS = "甲乙丙丁戊己庚辛壬癸";
const KEPT = "nongwen-phones";
const alone = document.body.dataset.openid;
const accountName = document.body.dataset.account;
const desk = document.querySelector(".desk"), tabs = document.querySelector(".tabs");
const phones = new Map();
let news = { version: 0, now: Date.now() / 1000, menu: null, scenes: [], phones: {} };
let newsAt = performance.now();
let front = null;
let poll = new AbortController();

const openidOf = (index) => `oNongwenFarmer_${String(index + 1).padStart(13, "0")}`;
const nameOf = (openid) => {
  const found = /^oNongwenFarmer_(\d{13})$/.exec(openid), index = found ? Number(found[1]) - 1 : -1;
  if (index < 0) return openid.length > 10 ? `…${openid.slice(-6)}` : openid;
  return index < STEMS.length ? `农户${STEMS[index]}` : `农户${index + 1}`;
};

function kept() {
  try {
    const list = JSON.parse(localStorage.getItem(KEPT));
    if (Array.isArray(list) && list.length && list.every((openid) => /^[\w-]{1,64}$/.test(openid))) return list;
  } catch { /* a browser without storage starts with two phones */ }
  return [openidOf(0), openidOf(1)];
}

function keep() {
  if (alone) return;
  try { localStorage.setItem(KEPT, JSON.stringify([...phones.keys()])); } catch { /* as above */ }
}

function put(openid) {
  if (phones.has(openid)) return phones.get(openid);
  const phone = new Phone(openid, nameOf(openid), accountName, {
    remove: alone ? null : (gone) => { if (phones.size > 1) { phones.delete(gone.openid); gone.node.remove(); keep(); drawTabs(); show(phones.values().next().value); } },
    unseen: (seen) => { if (seen !== front) { seen.hasNews = true; drawTabs(); } },
  });
  phones.set(openid, phone);
  desk.append(phone.node);
  phone.update(news.phones[openid] || {}, news);
  return phone;
}

function show(phone) {
  front = phone;
  phone.hasNews = false;
  for (const other of phones.values()) other.node.classList.toggle("front", other === phone);
  drawTabs();
  phone.toEnd();
}

function drawTabs() {
  tabs.replaceChildren(...[...phones.values()].map((phone) =>
    el("button", { type: "button", class: phone.hasNews ? "unseen" : "", "aria-pressed": String(phone === front), onclick: () => show(phone) }, phone.name)));
}

function addPhone() {
  let index = 0;
  while (phones.has(openidOf(index))) index += 1;
  const phone = put(openidOf(index));
  keep();
  poll.abort();  // the next question names the new phone too
  show(phone);
  phone.node.scrollIntoView({ behavior: "smooth", inline: "center" });
}

const now = () => news.now + (performance.now() - newsAt) / 1000;

function tick() {
  const time = now();
  document.querySelector(".clock").textContent = `${news.offset_s ? "⏩ " : ""}${new Date(time * 1000).toLocaleDateString("zh-CN", { month: "long", day: "numeric" })} ${clockText(time)}`;
  for (const phone of phones.values()) phone.tick(time);
}

// A code read by a real camera leads here with its scene: offer it once the state is known.
function scanFromAddress() {
  const scene = new URLSearchParams(location.search).get("scan");
  if (!scene) return;
  history.replaceState(null, "", location.pathname);
  front.chooseScene(scene.slice(0, 64));
}

async function listen() {
  const offline = document.querySelector(".offline");
  for (;;) {
    try {
      poll = new AbortController();
      const fresh = await ask(`/changes?since=${news.version}&wait=25&phones=${[...phones.keys()].join(",")}`, { signal: poll.signal });
      offline.hidden = true;
      news = fresh;
      newsAt = performance.now();
      await Promise.all([...phones.values()].map((phone) => phone.update(news.phones[phone.openid], news)));
      if (document.body.classList.contains("debugging")) phones.forEach((phone) => phone.explain());
      if (drawer.isOpen) drawer.refresh().catch(() => {});
      tick();
      scanFromAddress();
    } catch {
      if (poll.signal.aborted) { news.version = 0; continue; }
      offline.hidden = false;
      news.version = 0;  // so that the next answer comes at once and nothing stays unfetched
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

const drawer = new Drawer(document.querySelector(".drawer"), document.querySelector(".scrim"));
document.querySelector(".open-drawer").addEventListener("click", () => drawer.open());
document.querySelector(".add").addEventListener("click", addPhone);
document.querySelector(".add").hidden = Boolean(alone);
const debug = document.querySelector(".debug");
debug.addEventListener("change", () => {
  document.body.classList.toggle("debugging", debug.checked);
  if (debug.checked) phones.forEach((phone) => phone.explain());
});
(alone ? [alone] : kept()).forEach(put);
show(phones.values().next().value);
tick();
setInterval(tick, 5000);
listen();
