// The days of a component are one tab stop; arrow keys go from one to the next.
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

function days() {
  return [...document.querySelectorAll(".quarter a")].filter((day) => day.checkVisibility?.() ?? true);
}

function rove(to) {
  for (const day of days()) day.setAttribute("tabindex", day === to ? "0" : "-1");
}

function setRoving() {
  rove(days().at(-1));
}

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".quarter a")) return;
  const all = days(), step = STEPS[event.key] * (root.dir === "rtl" ? -1 : 1);
  const at = { Home: 0, End: all.length - 1 }[event.key] ?? all.indexOf(event.target) + step;
  if (!all[at]) return;
  event.preventDefault();
  rove(all[at]);
  all[at].focus();
});
setRoving();
LATER.push(setRoving);
