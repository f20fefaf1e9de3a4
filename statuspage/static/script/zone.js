// Times in the reader's zone, where it is another one than the page's, which every page names.
// Days and charts stay the page's: they are sums of its days.
const elsewhere = Number(root.dataset.offset) !== -new Date().getTimezoneOffset();

function midnight(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}

// As the page tells it: the further away, the more of the date. Days may have 23 or 25 hours.
function inZone(at, exact) {
  const now = new Date(), days = Math.abs(midnight(now) - midnight(at)) / 864e5;
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (exact) form.second = "2-digit";
  if (days >= 6.5) Object.assign(form, { day: "numeric", month: "short" });
  else if (days > 0.5) form.weekday = "short";
  if (days >= 6.5 && at.getFullYear() !== now.getFullYear()) form.year = "numeric";
  return new Intl.DateTimeFormat(root.lang, form).format(at);
}

function showZone() {
  if (!elsewhere) return;
  for (const slot of document.querySelectorAll("time[datetime]")) {
    slot.textContent = inZone(new Date(slot.dateTime), slot.dataset.exact !== undefined);
  }
  for (const slot of document.querySelectorAll("[data-from]")) {
    const ends = [slot.dataset.from, slot.dataset.to].filter(Boolean);
    slot.textContent = ends.map((end) => inZone(new Date(end))).join(" – ");
  }
  const note = document.querySelector("[data-zone-here]");
  if (note) note.textContent = note.dataset.zoneHere.replace("{here}", Intl.DateTimeFormat().resolvedOptions().timeZone);
}

showZone();
LATER.push(showZone);
