// The page as it is now, in place: an open group stays open, the focus stays where it is, and
// what one is looking at does not move.
const LATER = []; // what must be set up again after a part of the page was replaced

async function refresh() {
  if (!document.querySelector("[data-live]")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  setClock(answer);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const news = root.dataset.version !== next.documentElement.dataset.version;
  const seen = lookedAt(), top = seen?.getBoundingClientRect().top;
  for (const part of document.querySelectorAll("[data-live]")) {
    replace(part, next.getElementById(part.id), news);
  }
  root.dataset.version = next.documentElement.dataset.version;
  document.title = next.title;
  document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").getAttribute("href");
  for (const again of LATER) again();
  tick();
  const still = seen && document.getElementById(seen.id);
  if (still) scrollBy({ top: still.getBoundingClientRect().top - top, behavior: "instant" });
}

// What stands first on the screen of somebody who has scrolled, and can be found again.
function lookedAt() {
  if (!scrollY) return null;
  return [...document.querySelectorAll("main [id]")].find((one) => one.getBoundingClientRect().top >= 0);
}

function replace(part, next, news) {
  if (!next || part.dataset.content === next.innerHTML) return;
  part.dataset.content = next.innerHTML;
  part.className = next.className;
  const open = [...part.querySelectorAll("details[open]")].map((found) => found.id);
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  part.innerHTML = next.innerHTML;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focus) same(part, focus)?.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (news && !still) part.animate?.({ opacity: [0.3, 1] }, 200);
}

function same(part, one) {
  const name = (found) => found.id || found.getAttribute("href") || found.closest("[id]")?.id;
  return [...part.querySelectorAll(one.tagName)].find((found) => name(found) === name(one));
}
