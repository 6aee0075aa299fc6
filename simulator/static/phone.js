// One phone: following, the chat, writing, the menu, and the sheets that open from below.

import { ask, clockText, el, icon, iconButton, isWebAddress, post, whenText } from "./dom.js";
import { lineFor, pushText } from "./screen.js";

const EMOJI = "😀😂🙂😉😍🤔😭😡👍👎🙏👌💪🌾🌽🍊🍅🌶🥔🍵🐷🐔🐂🐛🍂☀🌧❓".match(/\p{Extended_Pictographic}/gu);
const PLACES = [
  ["乳源瑶族自治县桂头镇", 24.9176, 113.4196],
  ["乳源瑶族自治县乳城镇", 24.7762, 113.2759],
  ["乳源瑶族自治县大桥镇", 24.9667, 113.1333],
  ["乳源瑶族自治县必背镇", 24.9456, 113.3021],
  ["韶关市曲江区马坝镇", 24.6826, 113.5988],
];
const SAMPLES = [["leaf", "玉米病叶"], ["fruit", "柑橘病果"], ["field", "倒伏稻田"]];
const GAP_S = 300;
const TYPING_MS = 15000;
const REFUSALS = { 409: "已取消关注，或这一项已不在屏幕上", 410: "这个二维码已经过期", 413: "文件太大，发不出去" };

export class Phone {
  constructor(openid, name, accountName, { remove, unseen }) {
    Object.assign(this, { openid, name, accountName, unseen });
    this.seen = 0;
    this.shownAt = -Infinity;
    this.state = { follows: null, typing: false };
    this.menu = null;
    this.mode = "write";
    this.generation = 0;
    this.busy = null;
    this.pushes = new Map();
    this.node = this.build(remove);
    this.draw();
  }

  build(remove) {
    this.time = el("span", {}, "");
    this.title = el("div", { class: "title" }, this.accountName);
    this.gauge = el("p", { class: "gauge" });
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
    this.foot = el("div", { class: "foot" });
    this.chat = [this.gauge, this.log, this.foot];
    this.glass = el(
      "div",
      { class: "glass" },
      el("div", { class: "status", "aria-hidden": "true" }, this.time, el("span", { class: "signs" }, "5G", el("i", { class: "battery" }))),
      el("div", { class: "top" }, el("span", { class: "who" }, this.name), this.title, el("button", { type: "button", "aria-label": "更多", onclick: () => this.more(remove) }, "···")),
    );
    return el("section", { class: "phone", "aria-label": this.name }, this.glass);
  }

  // ---- what the platform says ------------------------------------------------------------------------------------

  async update(state, news) {
    const fresh = { follows: null, typing: false, entries: 0, ...state };
    const menuChanged = JSON.stringify(news.menu) !== JSON.stringify(this.menu);
    const followChanged = fresh.follows !== this.state.follows;
    this.state = fresh;
    this.menu = news.menu;
    this.scenes = news.scenes;
    this.title.textContent = fresh.typing ? "对方正在输入…" : this.accountName;
    clearTimeout(this.typingTimer);
    if (fresh.typing) this.typingTimer = setTimeout(() => { this.title.textContent = this.accountName; }, TYPING_MS);
    this.gauge.textContent = this.gaugeText(fresh.quota, news.now);
    if (menuChanged && !news.menu) this.mode = "write";
    if (followChanged || menuChanged) this.draw();
    if (fresh.entries < this.seen) this.clear();
    if (fresh.entries > this.seen) await this.fetch(news.now);
  }

  gaugeText(quota, now) {
    const windows = Object.entries(quota?.windows || {});
    if (!windows.length) return "客服消息：没有打开的时窗";
    const hours = (quota.until - now) / 3600;
    const until = quota.until === null ? "" : hours >= 1 ? `，${hours.toFixed(1)} 小时内` : `，${Math.max(0, Math.round(hours * 3600))} 秒内`;
    return `客服消息：还可发 ${quota.left} 条${until}`;
  }

  async fetch(now) {
    if (this.busy) return this.busy;
    const generation = this.generation;
    this.busy = ask(`/phones/${this.openid}/transcript?after=${this.seen}`);
    try {
      const entries = await this.busy;
      if (generation !== this.generation) return;
      const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
      for (const entry of entries) this.append(entry, now);
      if (atEnd || entries.some((entry) => entry.from === "farmer")) this.toEnd();
      if (entries.some((entry) => entry.from !== "farmer")) this.unseen(this);
    } finally {
      this.busy = null;
    }
  }

  append(entry, now) {
    if (entry.n <= this.seen) return;
    this.seen = entry.n;
    if (entry.at - this.shownAt > GAP_S) this.log.append(el("p", { class: "when" }, whenText(entry.at, now)));
    this.shownAt = entry.at;
    const faces = {
      account: () => el("span", { class: "face" }, el("img", { src: "/static/icon.svg", alt: this.accountName })),
      farmer: () => el("span", { class: "face", "aria-label": this.name }, this.name.slice(-1)),
    };
    const line = lineFor(entry, faces, (id, content) => this.tapChoice(id, content), (source) => this.zoom(source));
    line.querySelectorAll("img").forEach((image) => image.addEventListener("load", () => this.keepAtEnd(), { once: true }));
    line.dataset.at = entry.at;
    this.log.append(line);
    if (entry.from === "farmer" && entry.msg_id) {
      this.pushes.set(entry.msg_id, line.querySelector(".how"));
    }
  }

  // In debugging: how each push went, and the events that a screen does not show.
  async explain() {
    const records = await ask(`/control/pushes?openid=${this.openid}`).catch(() => []);
    for (const record of records) {
      let place = this.pushes.get(record.msg_id);
      if (!place && record.kind.startsWith("event:")) {
        place = el("p", { class: "event", "data-at": String(record.at) });
        this.pushes.set(record.msg_id, place);
        const later = [...this.log.querySelectorAll(":scope > [data-at]")].find((node) => Number(node.dataset.at) > record.at);
        this.log.insertBefore(place, later || null);
        this.keepAtEnd();
      }
      if (place) place.textContent = `${record.kind.startsWith("event:") ? record.kind.slice(6) + " · " : ""}${pushText(record)}`;
    }
  }

  clear() {
    this.generation += 1;
    this.seen = 0;
    this.shownAt = -Infinity;
    this.pushes.clear();
    this.log.replaceChildren();
  }

  tick(now) { this.time.textContent = clockText(now); }
  toEnd() { this.log.scrollTop = this.log.scrollHeight; }
  keepAtEnd() { if (this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 400) this.toEnd(); }

  // ---- what the farmer does --------------------------------------------------------------------------------------

  async act(path, body) {
    try { await (body instanceof FormData ? ask(path, { method: "POST", body }) : post(path, body)); return true; }
    catch (problem) { this.toast(REFUSALS[problem.status] || `没有发出去（${problem.message}）`); return false; }
  }

  say(body) { return this.act(`/phones/${this.openid}/messages`, body); }
  do(body) { return this.act(`/phones/${this.openid}/events`, body); }

  sendFile(kind, file, more = {}) {
    const form = new FormData();
    form.set("type", kind);
    for (const [name, value] of Object.entries(more)) form.set(name, value);
    form.set("file", file);
    return this.say(form);
  }

  tapChoice(id, content) { return this.say({ type: "menu_reply", id: String(id), content }); }

  async tapMenu(button) {
    switch (button.type) {
      case "click": return this.do({ event: "click", key: button.key });
      case "view":
      case "miniprogram":
        this.do({ event: button.type === "view" ? "view" : "view_miniprogram", key: button.type === "view" ? button.url : button.pagepath || button.url });
        if (isWebAddress(button.url)) window.open(button.url, "_blank", "noopener");
        return;
      case "location_select":
        return this.choosePlace((place) => this.do({ event: "location_select", key: button.key, ...place }));
      case "scancode_push":
      case "scancode_waitmsg":
        return this.askWords("扫到的内容", "二维码里的文字", (result) => this.do({ event: button.type, key: button.key, result }));
      case "pic_sysphoto":
      case "pic_photo_or_album":
      case "pic_weixin":
        return this.choosePicture(() => this.do({ event: button.type, key: button.key, count: 1 }));
      default: this.toast("模拟手机不会打开这种菜单");
    }
  }

  // ---- drawing ---------------------------------------------------------------------------------------------------

  draw() {
    const following = this.state.follows === true;
    [...this.chat, this.card].forEach((node) => node?.remove());
    if (following) {
      this.glass.append(...this.chat);
      this.drawFoot();
      this.toEnd();
    } else {
      this.card = this.stranger();
      this.glass.append(this.card);
    }
  }

  stranger() {
    return el(
      "div",
      { class: "stranger" },
      el("div", { class: "card-head" }, el("img", { src: "/static/icon.svg", alt: "" }), el("div", {}, el("h2", {}, this.accountName), el("p", { class: "sub-title" }, "公众号"))),
      el("p", { class: "about" }, "种田养殖遇到难处，发文字、照片或语音来问；要人上门，也在这里登记。"),
      el("button", { type: "button", class: "big follow", onclick: () => this.do({ event: "subscribe" }) }, "关注公众号"),
      el("button", { type: "button", class: "big quiet", onclick: () => this.chooseScene() }, "扫村里的二维码关注"),
      this.state.follows === false ? el("p", { class: "left" }, "已取消关注，收不到消息了") : null,
    );
  }

  drawFoot() {
    this.foot.replaceChildren(this.mode === "menu" && this.menu ? this.menuBar() : this.writingBar());
    this.panel = null;
  }

  menuBar() {
    const columns = this.menu.map((button) => {
      const subs = button.sub_button || [];
      const item = el("button", { type: "button", class: subs.length ? "item has" : "item" }, button.name);
      const column = el("div", {}, item);
      item.addEventListener("click", () => {
        const open = column.querySelector(".sub");
        this.foot.querySelectorAll(".sub").forEach((sub) => sub.remove());
        if (!subs.length) this.tapMenu(button);
        else if (!open) column.append(el("div", { class: "sub" }, ...subs.map((sub) => el("button", { type: "button", onclick: (event) => { event.currentTarget.parentNode.remove(); this.tapMenu(sub); } }, sub.name))));
      });
      return column;
    });
    return el("div", { class: "menu" }, iconButton("keyboard", "切换到键盘", () => this.setMode("write"), "swap"), ...columns);
  }

  setMode(mode) {
    this.mode = mode;
    this.drawFoot();
    if (mode === "write") this.foot.querySelector("textarea")?.focus({ preventScroll: true });
  }

  writingBar() {
    const bar = el("div", { class: "write" });
    const field = el("textarea", { rows: "1", "aria-label": "输入消息", maxlength: "5000", enterkeyhint: "send" });
    const send = el("button", { type: "button", class: "send", hidden: true }, "发送");
    const plus = iconButton("plus", "更多", () => this.togglePanel("more", () => this.morePanel()));
    const talk = this.talkButton();
    talk.hidden = true;
    const speak = iconButton("voice", "切换语音", () => {
      talk.hidden = !talk.hidden;
      field.hidden = !talk.hidden;
      speak.replaceChildren(icon(talk.hidden ? "voice" : "keyboard"));
    }, "speak");
    const grow = () => {
      field.style.height = "40px";
      field.style.height = `${Math.min(field.scrollHeight, 110)}px`;
      send.hidden = !field.value.trim();
      plus.hidden = !send.hidden;
      bar.classList.toggle("filled", plus.hidden);
    };
    const go = async () => {
      const content = field.value;
      if (!content.trim()) return;
      field.value = "";
      grow();
      field.focus({ preventScroll: true });  // before the answer: by then the person may be at another phone
      if (!(await this.say({ type: "text", content })) && !field.value) { field.value = content; grow(); }
    };
    field.addEventListener("input", grow);
    field.addEventListener("focus", () => this.closePanel());
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); go(); }
    });
    send.addEventListener("click", go);
    this.insert = (words) => { field.setRangeText(words, field.selectionStart, field.selectionEnd, "end"); grow(); };
    if (this.menu) bar.append(iconButton("menu", "切换到菜单", () => this.setMode("menu"), "swap"));
    bar.append(speak, field, talk, iconButton("smile", "表情", () => this.togglePanel("emoji", () => this.emojiPanel())), plus, send);
    return bar;
  }

  togglePanel(name, make) {
    const again = this.panel?.dataset.name === name;
    this.closePanel();
    if (again) return;
    this.panel = make();
    this.panel.dataset.name = name;
    this.foot.append(this.panel);
    this.toEnd();
  }

  closePanel() { this.panel?.remove(); this.panel = null; }

  emojiPanel() {
    return el("div", { class: "emoji" }, ...EMOJI.map((sign) => el("button", { type: "button", onclick: () => this.insert(sign) }, sign)));
  }

  morePanel() {
    const item = (name, label, onclick) => el("button", { type: "button", onclick: () => { this.closePanel(); onclick(); } }, el("span", {}, icon(name)), label);
    return el(
      "div",
      { class: "more" },
      item("photo", "照片", () => this.choosePicture()),
      item("mic", "语音", () => this.chooseSound()),
      item("film", "视频", () => this.pickFile("video/*", (file) => this.sendFile("video", file))),
      item("place", "位置", () => this.choosePlace((place) => this.say({ type: "location", ...place }))),
      item("scan", "扫一扫", () => this.chooseScene()),
      item("link", "链接", () => this.askWords("发送网页链接", "https://", (url) => this.say({ type: "link", title: "分享的网页", description: url, url }))),
      item("smile", "动画表情", () => this.say({ type: "unsupported" })),
    );
  }

  // ---- sheets ----------------------------------------------------------------------------------------------------

  sheet(title, ...children) {
    const veil = el("div", { class: "veil" });
    const close = () => veil.remove();
    veil.addEventListener("click", (event) => { if (event.target === veil) close(); });
    veil.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    veil.append(el("div", { class: "sheet", role: "dialog", "aria-label": title }, el("h3", {}, title), ...children.map((child) => (typeof child === "function" ? child(close) : child)), el("div", { class: "gap" }), el("button", { type: "button", class: "row centre", onclick: close }, "取消")));
    this.glass.append(veil);
    veil.querySelector("input, button")?.focus({ preventScroll: true });
    return close;
  }

  row(words, small, onclick, kind = "") {
    return (close) => el("button", { type: "button", class: `row ${kind}`, onclick: () => { close(); onclick(); } }, words, small ? el("small", {}, small) : null);
  }

  more(remove) {
    const rows = [];
    if (this.state.follows) rows.push(this.row("取消关注", "", () => this.do({ event: "unsubscribe" }), "warn"));
    if (remove) rows.push(this.row("收起这部手机", "", () => remove(this), "centre"));
    this.sheet(`${this.name} · ${this.openid}`, ...rows, this.row("单独打开", "", () => window.open(`/phones/${this.openid}`, "_blank", "noopener"), "centre"));
  }

  pickFile(accept, got) {
    const input = el("input", { type: "file", accept });
    input.addEventListener("change", () => { if (input.files[0]) got(input.files[0]); });
    input.click();
  }

  choosePicture(before = async () => true) {
    const send = async (body) => { if (await before()) await this.say(body); };
    const file = async (chosen) => { if (await before()) await this.sendFile("image", chosen); };
    this.sheet(
      "发送照片",
      (close) => el("div", { class: "picks" }, ...SAMPLES.map(([name, label]) => el("button", { type: "button", onclick: () => { close(); send({ type: "image", sample: name }); } }, el("img", { src: `/samples/${name}.jpg`, alt: "" }), label))),
      this.row("从手机里选一张", "", () => this.pickFile("image/*", file), "centre"),
    );
  }

  chooseSound() {
    this.sheet(
      "发送语音",
      this.row("样例录音", "3 秒，AMR 格式，没有人声", () => this.say({ type: "voice", sample: "voice", seconds: 3 })),
      this.row("选一个录音文件", "amr、mp3、wav 等", () => this.pickFile("audio/*,.amr,.silk", (file) => this.sendFile("voice", file))),
    );
  }

  choosePlace(chosen) {
    const own = (close) => {
      const label = el("input", { placeholder: "地名（可不填）", "aria-label": "地名", maxlength: "100" });
      const number = (words) => el("input", { placeholder: words, "aria-label": words, inputmode: "decimal", required: true });
      const latitude = number("纬度"), longitude = number("经度");
      const form = el("form", {}, label, el("div", { class: "pair" }, latitude, longitude), el("button", { class: "big" }, "发送这个位置"));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        close();
        chosen({ latitude: Number(latitude.value), longitude: Number(longitude.value), label: label.value });
      });
      return form;
    };
    this.sheet("发送位置", ...PLACES.map(([label, latitude, longitude]) => this.row(label, `${latitude}, ${longitude}`, () => chosen({ latitude, longitude, label }))), own);
  }

  chooseScene(preset = "") {
    const scan = (scene) => this.do({ event: "scan", scene });
    const rows = (this.scenes || []).slice(-8).map((scene) => this.row(scene, "已生成的二维码", () => scan(scene)));
    this.sheet("扫村里的二维码", ...rows, this.wordsForm("二维码的场景值", "扫这个码", scan, preset || "village-guitou"));
  }

  askWords(title, placeholder, got) { this.sheet(title, this.wordsForm(placeholder, "发送", got)); }

  wordsForm(placeholder, action, got, value = "") {
    return (close) => {
      const field = el("input", { placeholder, "aria-label": placeholder, required: true, maxlength: "500", value });
      const form = el("form", {}, field, el("button", { class: "big" }, action));
      form.addEventListener("submit", (event) => { event.preventDefault(); close(); got(field.value.trim()); });
      return form;
    };
  }

  zoom(source) {
    const layer = el("button", { type: "button", class: "zoom", "aria-label": "关闭大图", onclick: () => layer.remove() }, el("img", { src: source, alt: "大图" }));
    this.glass.append(layer);
    layer.focus();
  }

  toast(words) {
    const note = el("div", { class: "toast", role: "alert" }, words);
    this.glass.append(note);
    setTimeout(() => note.remove(), 2600);
  }

  // ---- holding to talk -------------------------------------------------------------------------------------------

  talkButton() {
    const button = el("button", { type: "button", class: "talk" }, "按住 说话");
    let recording = null;
    const end = (event) => { const now = recording; recording = null; button.classList.remove("on"); now?.finish(event.type === "pointercancel" || now.cancelling); };
    button.addEventListener("pointerdown", async (event) => {
      if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return this.chooseSound();
      button.setPointerCapture(event.pointerId);
      button.classList.add("on");
      const started = this.startRecording();
      recording = started;
    });
    button.addEventListener("pointermove", (event) => { if (recording) recording.mark(event.clientY < button.getBoundingClientRect().top - 60); });
    button.addEventListener("pointerup", end);
    button.addEventListener("pointercancel", end);
    button.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.chooseSound(); } });
    return button;
  }

  startRecording() {
    const seconds = el("b", {}, "0″"), hint = el("span", {}, "松开发送，上滑取消");
    const layer = el("div", { class: "recording" }, seconds, hint);
    this.glass.append(layer);
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    const timer = setInterval(() => { seconds.textContent = `${Math.floor(elapsed())}″`; }, 200);
    const take = navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => {
      const recorder = new MediaRecorder(stream), chunks = [];
      recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
      recorder.start();
      return { recorder, stream, chunks };
    });
    take.catch(() => {});
    const self = {
      cancelling: false,
      mark: (cancel) => { self.cancelling = cancel; layer.classList.toggle("cancel", cancel); hint.textContent = cancel ? "松开取消" : "松开发送，上滑取消"; },
      finish: async (cancel) => {
        clearInterval(timer);
        layer.remove();
        const length = elapsed();
        try {
          const { recorder, stream, chunks } = await take;
          const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
          recorder.stop();
          await stopped;
          stream.getTracks().forEach((track) => track.stop());
          if (cancel) return;
          if (length < 1) return this.toast("说话时间太短");
          await this.sendFile("voice", new Blob(chunks, { type: recorder.mimeType }), { seconds: length.toFixed(1) });
        } catch {
          this.toast("没有麦克风，可在“＋”里发样例录音");
        }
      },
    };
    return self;
  }
}
