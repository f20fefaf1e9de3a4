// A banner for other sites: shows trouble and maintenance of a status page, and is silent otherwise.
// <script src="https://status.example/embed.js" async></script>
(() => {
  "use strict";
  const script = document.currentScript;
  const EVERY = 60, AT_MOST = 900, FORGOTTEN = 300, PATIENCE = 10; // seconds
  const KEPT = "upfront-status";
  const STYLE = `
    :host { all: initial; color-scheme: inherit; position: fixed; z-index: 2147483000; inset-inline-end: 16px; bottom: 16px; max-width: min(28em, calc(100vw - 32px)) }
    :host([position="top"]) { bottom: auto; top: 16px }
    .on { display: flex; flex-wrap: wrap; gap: 4px 12px; padding: 12px 16px 4px; box-sizing: border-box;
      font: medium/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      color: #1f2328; background: #fff; border: 1px solid #d8dee4; border-inline-start: 4px solid var(--light); border-radius: 4px; box-shadow: 0 2px 12px rgb(0 0 0 / .16); --state: var(--light);
      color: light-dark(#1f2328, #e6edf3); background: light-dark(#fff, #151b23); border-color: light-dark(#d8dee4, #30363d); border-inline-start-color: var(--state); --state: light-dark(var(--light), var(--dark)) }
    svg { flex: none; width: 1.25em; height: 1.25em; margin-top: .125em; color: var(--state) }
    [role=status] { flex: 1; min-width: 12em; overflow-wrap: anywhere }
    span { display: block; opacity: .8 }
    .acts { flex-basis: 100%; display: flex; justify-content: flex-end; gap: 20px }
    a, button { font: inherit; font-weight: 500; min-height: 44px; padding: 10px 0; color: inherit; background: none; border: 0; text-decoration: underline; text-underline-offset: 3px; cursor: pointer; box-sizing: border-box }
    :focus-visible { outline: 2px solid currentColor; outline-offset: 2px; border-radius: 2px }
    @media print { :host { display: none } }`;

  if (!script || document.querySelector(`${KEPT}[from="${CSS.escape(script.src)}"]`)) return;
  const host = document.createElement(KEPT);
  host.setAttribute("from", script.src);
  if (script.dataset.position) host.setAttribute("position", script.dataset.position);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  // The live region is there before it has anything to say, else nobody hears it.
  const bar = root.appendChild(document.createElement("div"));
  const text = bar.appendChild(document.createElement("div"));
  text.setAttribute("role", "status");

  function dismissed(key) {
    try {
      if (key) sessionStorage.setItem(KEPT, key);
      return sessionStorage.getItem(KEPT);
    } catch {
      return key;
    }
  }

  function drawing(parts) {
    const make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
    const svg = make("svg");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("aria-hidden", "true");
    for (const [name, attributes] of parts) {
      const part = svg.appendChild(make(name));
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    }
    return svg;
  }

  function acts(told) {
    const more = document.createElement("a");
    Object.assign(more, { href: told.url, target: "_blank", rel: "noopener", textContent: told.more });
    const away = document.createElement("button");
    Object.assign(away, { type: "button", textContent: told.dismiss, onclick: () => { dismissed(told.key); hide(); } });
    const box = document.createElement("div");
    box.className = "acts";
    box.append(more, away);
    return box;
  }

  let drawn = "";
  function hide() {
    drawn = "";
    text.textContent = "";
    for (const name of ["class", "role", "aria-label"]) bar.removeAttribute(name);
    bar.replaceChildren(text);
  }

  function show(told) {
    if (!told.shown || told.key === dismissed()) return hide();
    if (!host.isConnected) document.body.append(host);
    const next = JSON.stringify(told);
    if (next === drawn) return;
    const held = root.activeElement?.localName;
    hide();
    drawn = next;
    Object.assign(bar, { className: "on", lang: told.language, dir: told.direction });
    bar.setAttribute("role", "region");
    bar.setAttribute("aria-label", told.label);
    for (const tone of ["light", "dark"]) bar.style.setProperty(`--${tone}`, told[tone]);
    bar.replaceChildren(drawing(told.shape), text, acts(told));
    text.append(told.sentence);
    if (told.beside) text.appendChild(document.createElement("span")).textContent = told.beside;
    if (held) bar.querySelector(held)?.focus({ preventScroll: true });
  }

  async function ask() {
    const answer = await fetch(new URL("embed.json", script.src), {
      credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE * 1000),
    });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  // Nobody is asked for a page that nobody looks at.
  let pause = EVERY, heard = 0, due = 0, timer = 0;
  const now = () => performance.now() / 1000;
  function wait() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, Math.max(0, due - now()) * 1000);
  }

  async function look() {
    due = now() + PATIENCE + 1;
    try {
      show(await ask());
      heard = now();
      pause = EVERY;
    } catch {
      pause = Math.min(AT_MOST, pause * 2);
      if (now() - heard > FORGOTTEN) hide();
    }
    // Spread over a fifth of the pause: many readers came at the same moment.
    due = now() + pause * (0.9 + 0.2 * Math.random());
    wait();
  }

  function begin() {
    document.body.append(host);
    document.addEventListener("visibilitychange", wait);
    wait();
  }
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
