// What a page gains with script: ages and countdowns that move, and news without a reload.
(() => {
  "use strict";
  const STALE = 90, REFRESH = 20, REFRESH_UNKNOWN = 5, UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const root = document.documentElement;
  const format = new Intl.RelativeTimeFormat(root.lang, { numeric: "always" });

  function relative(seconds) {
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || UNITS[3];
    return format.format(Math.trunc(seconds / size), unit);
  }

  function tick() {
    for (const slot of document.querySelectorAll("[data-since]")) {
      const seconds = (Date.parse(slot.dataset.since) - Date.now()) / 1000 + skew;
      const text = relative(seconds);
      if (slot.dataset.until !== undefined && seconds < 0) slot.textContent = "";
      else if (slot.textContent !== text) slot.textContent = text;
    }
    const old = document.querySelector("[data-stale]");
    if (old) old.hidden = age() < STALE;
  }

  // The reader's clock may be wrong: count from the server's.
  let skew = 0;
  function setClock(answer) {
    const date = Date.parse(answer.headers.get("Date"));
    if (date) skew = Math.abs(Date.now() - date) > 2000 ? (Date.now() - date) / 1000 : 0;
  }

  function age() {
    const made = document.querySelector("[data-made]");
    return made ? (Date.now() - Date.parse(made.dataset.made)) / 1000 - skew : 0;
  }

  async function refresh() {
    if (document.hidden || !document.querySelector("[data-live]")) return;
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    setClock(answer);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) replace(part, next.getElementById(part.id));
    document.title = next.title;
    document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").getAttribute("href");
    tick();
  }

  // An open group stays open, the focus stays where it is, and nothing moves that did not change.
  function replace(part, next) {
    if (!next || part.dataset.content === next.innerHTML) return;
    part.dataset.content = next.innerHTML;
    part.className = next.className;
    const open = [...part.querySelectorAll("details[open]")].map((found) => found.id);
    const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = next.innerHTML;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  }

  tick();
  setInterval(tick, 1000);
  (function again() {
    const pause = document.querySelector("#top.unknown") ? REFRESH_UNKNOWN : REFRESH;
    setTimeout(() => refresh().catch(() => {}).then(again), pause * 1000);
  })();
  document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
})();
