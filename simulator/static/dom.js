// Small words for building the page; text is only ever set as text, never as markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SHAPES = {
  keyboard: "M3 7h18v10H3zM7 10.5h.01M12 10.5h.01M17 10.5h.01M8 14h8",
  menu: "M5 7h14M5 12h14M5 17h14",
  voice: "M8 9.5a4 4 0 0 1 0 5M11.5 7a8 8 0 0 1 0 10M15 4.8a11.5 11.5 0 0 1 0 14.4",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 10h.01M15.5 10h.01M8 14.2c2 2.6 6 2.6 8 0",
  plus: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 8v8M8 12h8",
  photo: "M3 6h18v13H3zM3 16l5-5 4.5 4.5L16 12l5 5M15.5 9.5h.01",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10.2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4",
  place: "M12 21s7-6.2 7-11.2A7 7 0 0 0 5 9.8C5 14.800 12 21 12 21zM12 7.600a2.400 2.400 0 1 0 0 4.800 2.400 2.400 0 0 0 0-4.800",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700L11.800 7.200M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1.500-1.500",
  film: "M4 6h11v12H4zM15 10.500l5-3v9l-5-3z",
  mic: "M12 3.500a2.800 2.800 0 0 1 2.800 2.800v5a2.800 2.800 0 0 1-5.600 0v-5A2.800 2.800 0 0 1 12 3.500M6.500 11.500a5.500 5.500 0 0 0 11 0M12 17v3.500",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, more = "") {
  return el("button", { type: "button", class: `icon ${more}`, "aria-label": label, title: label, onclick }, icon(name));
}

export async function ask(path, options = {}) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(body.error || `HTTP ${response.status}`), { status: response.status });
  return body;
}

export const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// Only addresses of pages become links; javascript: and its like stay words.
export const isWebAddress = (url) => /^https?:\/\//i.test(url || "");

// The platform writes its own address into media_url; a page reached under another name keeps its own.
export const ownPath = (url) => new URL(url, location.href).pathname;

export function clockText(seconds) {
  const at = new Date(seconds * 1000);
  return `${at.getHours()}:${String(at.getMinutes()).padStart(2, "0")}`;
}

export function whenText(seconds, now) {
  const at = new Date(seconds * 1000), today = new Date(now * 1000);
  const days = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  if (days <= 0) return clockText(seconds);
  if (days === 1) return `昨天 ${clockText(seconds)}`;
  if (days < 7) return `星期${"日一二三四五六"[at.getDay()]} ${clockText(seconds)}`;
  return `${at.getFullYear()}年${at.getMonth() + 1}月${at.getDate()}日 ${clockText(seconds)}`;
}
