// How one entry of the transcript looks on the screen.

import { el, isWebAddress, ownPath } from "./dom.js";

const LINKS = /<a\b[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"'，。；！？、）】》”]+)/gi;
const VIA = { passive: "被动", customer_service: "客服", template: "模板", notice: "平台" };
const OUTCOMES = {
  replied: "有回复", silent: "无回复", failed: "失败", invalid: "回复不合规", under_way: "推送中",
  suspended: "暂停推送", handed_over: "转客服",
};

// `tapped(id, content)` is called for a tap on a menu item.
export function lineFor(entry, faces, tapped, zoom) {
  if (entry.from === "platform") return el("p", { class: "notice", role: "status" }, entry.content);
  const mine = entry.from === "farmer";
  const shown = (SHOWN[entry.type] || SHOWN.text)(entry, { tapped, zoom });
  const side = el("div", { class: "side" }, shown, el("span", { class: "how" }, howItCame(entry)));
  if (entry.type === "template") return el("div", { class: "line" }, el("div", { class: "wide" }, shown, side.lastChild));
  return el("div", { class: mine ? "line mine" : "line" }, mine ? faces.farmer() : faces.account(), side);
}

export function howItCame(entry) {
  if (entry.from === "farmer") return entry.msg_id ? `MsgId ${entry.msg_id}` : "";
  const late = entry.latency_ms === null ? "" : ` · ${entry.latency_ms < 1000 ? Math.round(entry.latency_ms) + " 毫秒" : (entry.latency_ms / 1000).toFixed(1) + " 秒"}`;
  const agent = entry.kf_account ? ` · ${entry.kf_account}` : "";
  return (VIA[entry.via] || "") + late + agent;
}

export function pushText(record) {
  const tries = record.attempts.length > 1 ? `推送 ${record.attempts.length} 次` : "已推送";
  return `${tries} · ${OUTCOMES[record.outcome] || record.outcome}${record.problem ? "：" + record.problem : ""}`;
}

export function richText(text, tapped) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINKS)) {
    parts.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    const address = (found[1] ?? found[2] ?? found[4]).replaceAll("&amp;", "&");
    const words = found[4] ? found[4] : found[3];
    if (isWebAddress(address)) {
      parts.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words));
    } else if (/^weixin:\/\/bizmsgmenu\?/i.test(address)) {
      const query = new URLSearchParams(address.slice(address.indexOf("?") + 1));
      const id = query.get("msgmenuid") || "", content = query.get("msgmenucontent") || words;
      parts.push(el("button", { type: "button", class: "inline", onclick: () => tapped(id, content) }, words));
    } else {
      parts.push(found[0]);
    }
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

const link = (url, ...inside) =>
  isWebAddress(url)
    ? el("a", { class: "card", href: url, target: "_blank", rel: "noopener noreferrer" }, ...inside)
    : el("div", { class: "card" }, ...inside);

function picture(entry, { zoom }) {
  const source = ownPath(entry.media_url);
  return el("button", { type: "button", class: "shot", "aria-label": "看大图", onclick: () => zoom(source) }, el("img", { src: source, alt: "图片" }));
}

function voice(entry) {
  const audio = new Audio();
  const button = el(
    "button",
    { type: "button", class: "bubble voice", "aria-label": "播放语音" },
    el("span", { class: "waves" }, el("i"), el("i"), el("i")),
    el("span", {}, entry.seconds ? `${Math.max(1, Math.round(entry.seconds))}″` : "语音"),
  );
  button.style.width = `${Math.min(200, 84 + (entry.seconds || 3) * 5)}px`;
  const stop = () => button.classList.remove("playing");
  audio.addEventListener("ended", stop);
  button.addEventListener("click", async () => {
    if (!audio.paused) { audio.pause(); stop(); return; }
    audio.src = ownPath(entry.media_url);
    try { await audio.play(); button.classList.add("playing"); } catch {
      stop();
      button.replaceChildren(el("a", { href: ownPath(entry.media_url), download: "voice.amr" }, "AMR 录音，点此下载"));
      button.style.width = "auto";
    }
  });
  return button;
}

function articles(entry) {
  const cards = entry.articles.map((a) =>
    link(a.url, isWebAddress(a.pic_url) ? el("img", { src: a.pic_url, alt: "", loading: "lazy" }) : null, el("div", { class: "body" }, el("b", {}, a.title), a.description ? el("p", {}, a.description) : null)),
  );
  return el("div", {}, ...cards);
}

function menu(entry, { tapped }) {
  const { head, list, tail } = entry.menu;
  return el(
    "div",
    { class: "bubble" },
    head ? el("div", {}, ...richText(head, tapped)) : null,
    ...list.map((item) => el("button", { type: "button", class: "choice", onclick: () => tapped(item.id, item.content) }, item.content)),
    tail ? el("div", {}, ...richText(tail, tapped)) : null,
  );
}

function template(entry) {
  const rows = entry.content.split("\n").slice(1).map((line) => {
    const cut = line.indexOf("：");
    return cut < 0 ? [el("dd", {}, line)] : [el("dt", {}, line.slice(0, cut)), el("dd", {}, line.slice(cut + 1))];
  });
  return link(
    entry.url,
    el("div", { class: "body" }, el("b", {}, entry.title || "服务通知"), el("dl", {}, ...rows.flat())),
    entry.url ? el("div", { class: "onward" }, "查看详情 ›") : null,
  );
}

const SHOWN = {
  text: (entry, { tapped }) => el("div", { class: "bubble" }, ...richText(entry.content, tapped)),
  image: picture,
  voice,
  video: (entry) => el("video", { src: ownPath(entry.media_url), controls: true, preload: "metadata" }),
  shortvideo: (entry) => el("video", { src: ownPath(entry.media_url), controls: true, preload: "metadata" }),
  location: (entry) =>
    el("div", { class: "card" }, el("div", { class: "body" }, el("b", {}, entry.content || "位置"), el("p", {}, `${entry.latitude.toFixed(4)}, ${entry.longitude.toFixed(4)}`)), el("div", { class: "map" })),
  link: (entry) => link(entry.url, el("div", { class: "body" }, el("b", {}, entry.content), entry.description ? el("p", {}, entry.description) : null)),
  music: (entry) => link(entry.url, el("div", { class: "body" }, el("b", {}, `♪ ${entry.content}`), el("p", {}, entry.description || ""))),
  miniprogrampage: (entry) => el("div", { class: "card" }, el("div", { class: "body" }, el("b", {}, entry.content), el("p", {}, "小程序"))),
  unsupported: () => el("div", { class: "sticker", "aria-label": "动画表情" }, "🐂"),
  news: articles,
  msgmenu: menu,
  template,
};
