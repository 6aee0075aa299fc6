// The control drawer: time, the account, faults, the platform's habits, and the two logs.

import { ask, clockText, el, post } from "./dom.js";
import { pushText } from "./screen.js";

const MODES = { safe: "安全模式", compatible: "兼容模式", plain: "明文模式" };
const PROFILES = {
  verified_service: "认证服务号", unverified_service: "未认证服务号", verified_subscription: "认证订阅号",
  unverified_subscription: "未认证订阅号", test: "测试号",
};
const STEPS = [["＋1 分钟", 60], ["＋1 小时", 3600], ["＋1 天", 86400], ["＋48 小时", 172800]];
const SEND = "message/custom/send";
const FAULTS = [
  ["推送：回复晚 6 秒", { push: { answer_delay_s: 6, times: 1 } }],
  ["推送：晚到 6 秒", { push: { delay_s: 6, times: 1 } }],
  ["推送：同时两份", { push: { duplicate: 2, times: 1 } }],
  ["推送：事后重放", { push: { replay: 1, times: 1 } }],
  ["推送：签名错", { push: { bad_signature: true, times: 1 } }],
  ["推送：一小时前的签名", { push: { stale_timestamp: 3600, times: 1 } }],
  ["推送：别人的 AppID", { push: { wrong_appid: true, times: 1 } }],
  ["客服消息：45015 超时窗", { api: { path: SEND, errcode: 45015, times: 1 } }],
  ["客服消息：45047 超条数", { api: { path: SEND, errcode: 45047, times: 1 } }],
  ["客服消息：-1 系统忙", { api: { path: SEND, errcode: -1, times: 1 } }],
  ["客服消息：发出后断线", { api: { path: SEND, reset: true, after: true, times: 1 } }],
  ["接口：慢 10 秒", { api: { delay_s: 10, times: 1 } }],
  ["接口：500", { api: { http: 500, times: 1 } }],
  ["接口：HTML 错误页", { api: { html: true, http: 502, times: 1 } }],
  ["接口：连接被重置", { api: { reset: true, times: 1 } }],
];

export class Drawer {
  constructor(node, scrim) {
    Object.assign(this, { node, scrim });
    this.news = null;
    scrim.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  get isOpen() { return !this.node.hidden; }

  async open() {
    this.node.hidden = this.scrim.hidden = false;
    this.build();
    await this.refresh();
    this.node.querySelector("button").focus();
  }

  close() { this.node.hidden = this.scrim.hidden = true; }

  build() {
    const section = (title, ...children) => [el("h3", {}, title), ...children];
    const button = (words, onclick, more = "") => el("button", { type: "button", class: `plain ${more}`, onclick: () => this.run(onclick) }, words);
    const choice = (label, options, name) => {
      const select = el("select", {}, ...Object.entries(options).map(([value, words]) => el("option", { value }, words)));
      select.addEventListener("change", () => this.run(() => post("/control/account", { [name]: select.value })));
      this[name] = select;
      return el("label", { class: "field" }, label, select);
    };
    const number = (label, name, attributes) => {
      const field = el("input", { type: "number", ...attributes });
      field.addEventListener("change", () => this.run(() => post("/control/settings", { [name]: Number(field.value) })));
      this[name] = field;
      return el("label", { class: "field" }, label, field);
    };
    this.message = el("p", { role: "status" });
    this.time = el("p");
    this.planted = el("ul");
    this.hand = el("p");
    this.pushLog = el("ul");
    this.callLog = el("ul");
    this.node.replaceChildren(
      el("header", {}, el("h2", {}, "控制台"), button("关闭", () => this.close())),
      this.message,
      ...section("时间", this.time, el("div", { class: "row" }, ...STEPS.map(([words, seconds]) => button(words, () => post("/control/clock", { advance_s: seconds }))))),
      ...section(
        "账号",
        choice("账号类型", PROFILES, "profile"),
        choice("消息加解密", MODES, "mode"),
        el("div", { class: "row" }, button("校验服务器地址", async () => {
          const result = await post("/control/handshake", {});
          this.hand.className = result.enabled ? "good" : "bad";
          this.hand.textContent = result.enabled ? "启用成功：服务器原样返回了 echostr" : `启用失败：${result.problem}`;
        })),
        this.hand,
      ),
      ...section("故障（点一下，影响下一次）", el("div", { class: "row" }, ...FAULTS.map(([words, fault]) => button(words, () => post("/control/faults", fault), "small"))), this.planted, el("div", { class: "row" }, button("撤掉全部故障", () => ask("/control/faults", { method: "DELETE" }), "small"))),
      ...section("平台习惯", number("等回复多少秒", "push_cut_s", { min: "0.1", max: "60", step: "0.1" }), number("一共推送几次", "push_attempts", { min: "1", max: "10", step: "1" })),
      ...section("最近的推送", this.pushLog),
      ...section("最近的接口调用", this.callLog),
      ...section("重来", el("p", {}, "清空所有手机、令牌、菜单、二维码和记录，时间回到现在。"), button("全部重置", async () => { if (confirm("全部清空，从头开始？")) await post("/control/reset", {}); }, "danger")),
    );
  }

  async run(work) {
    this.message.textContent = "";
    try { await work(); } catch (problem) { this.message.textContent = problem.message; this.message.className = "bad"; }
    if (this.isOpen) await this.refresh();
  }

  async refresh() {
    const [account, clock, faults, settings, pushes, calls] = await Promise.all(
      ["account", "clock", "faults", "settings", "pushes?last=12", "calls?last=15"].map((part) => ask(`/control/${part}`)),
    );
    const now = new Date(clock.now * 1000);
    const ahead = clock.offset_s ? `，比真实时间快 ${Math.round(clock.offset_s / 360) / 10} 小时` : "";
    this.time.textContent = `${now.toLocaleString("zh-CN")}${ahead}`;
    for (const name of ["mode", "profile"]) this[name].value = account[name];
    for (const name of ["push_cut_s", "push_attempts"]) if (document.activeElement !== this[name]) this[name].value = settings[name];
    this.planted.replaceChildren(...faults.faults.map((fault) => this.faultLine(fault)));
    this.pushLog.replaceChildren(...pushes.reverse().map((record) =>
      el("li", {}, el("time", {}, clockText(record.at)), el("span", {}, `${record.kind.replace("event:", "事件 ")} `, el("span", { class: ["failed", "invalid", "suspended"].includes(record.outcome) ? "bad" : "" }, pushText(record))))));
    this.callLog.replaceChildren(...calls.reverse().map((call) =>
      el("li", {}, el("time", {}, clockText(call.at)), el("span", {}, call.path.replace("/cgi-bin/", "")), el("span", { class: call.errcode || call.status !== 200 ? "bad" : "good" }, call.errcode ? String(call.errcode) : call.status === 200 ? "好" : call.status ? `HTTP ${call.status}` : "断线"))));
  }

  faultLine(fault) {
    const kind = fault.api ? "api" : "push";
    const details = Object.entries(fault[kind]).filter(([, value]) => value !== "" && value !== null && value !== false && value !== 0 && value !== 1);
    const words = details.map(([name, value]) => `${name}=${value}`).join("，") || (fault[kind].replay ? "replay=1" : "");
    return el("li", {}, el("span", {}, `${kind === "api" ? "接口" : "推送"} ${words}${fault.times === null ? "，一直" : `，还有 ${fault.times} 次`}`), el("button", { type: "button", class: "plain small", onclick: () => this.run(() => ask(`/control/faults/${fault.id}`, { method: "DELETE" })) }, "撤掉"));
  }
}
