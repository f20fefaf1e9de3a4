// Ages and countdowns that move, counted from the server's clock: the reader's may be wrong.
const STALE = 90; // seconds
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const root = document.documentElement;
const ages = JSON.parse(root.dataset.ages), plural = new Intl.PluralRules(root.lang);
let skew = 0;

function setClock(answer) {
  const date = Date.parse(answer.headers.get("Date"));
  if (date) skew = Math.abs(Date.now() - date) > 2000 ? (Date.now() - date) / 1000 : 0;
}

function relative(seconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || UNITS[3];
  const number = Math.trunc(Math.abs(seconds) / size), forms = ages[unit][seconds < 0 ? 0 : 1];
  return (forms[plural.select(number)] ?? forms.other).replace("{0}", number);
}

function age() {
  const made = document.querySelector("[data-made]");
  return made ? (Date.now() - Date.parse(made.dataset.made)) / 1000 - skew : 0;
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

tick();
setInterval(tick, 1000);
