// Of many components, those whose name has the typed words in it; groups open for what is found.
let sought = "";
const before = new Map(); // which groups were open before the search

function field() {
  return document.getElementById("find");
}

function plainly(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function hits(row) {
  const name = plainly(row.querySelector(".name").textContent);
  return plainly(sought).split(/\s+/).every((word) => name.includes(word));
}

function find() {
  let found = 0, all = 0;
  for (const row of document.querySelectorAll(".board li.row")) {
    row.hidden = !hits(row);
    found += !row.hidden;
    all += 1;
  }
  for (const group of document.querySelectorAll(".board details")) {
    const held = Boolean(group.querySelector("li.row:not([hidden])"));
    if (sought && !before.has(group.id)) before.set(group.id, group.open);
    group.hidden = !held;
    group.open = sought ? held : before.get(group.id) ?? group.open;
  }
  if (!sought) before.clear();
  const tally = document.getElementById("found");
  if (tally) tally.textContent = sought ? tally.dataset.text.replace("{found}", found).replace("{all}", all) : "";
}

function showFind() {
  const box = field();
  if (!box) return;
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.value = sought;
  if (sought) find();
}

document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  sought = field().value.trim();
  find();
});
showFind();
LATER.push(showFind);
