// A copy in files says so when it is no longer renewed: then what it tells may be over.
// Only pages that tell how things stand say themselves when they were made.
const OUTDATED = 300, LOOK = 60; // seconds
let copiedAt = 0;

function outdated() {
  if (!copiedAt) return;
  const seconds = (copiedAt - Date.now()) / 1000 + skew;
  for (const note of document.querySelectorAll("[data-outdated]")) {
    const text = note.dataset.outdated.replace("{ago}", relative(seconds));
    note.hidden = seconds > -OUTDATED;
    if (!note.hidden && note.textContent !== text) note.textContent = text;
  }
}

// A document that did not change was made long ago; this file tells how old the whole copy is.
async function lookAtMark() {
  const answer = await fetch(root.dataset.mark, { cache: "no-cache" });
  if (!answer.ok) return;
  setClock(answer);
  copiedAt = Date.parse((await answer.json()).made_at);
}

function watchMark() {
  lookAtMark().catch(() => {}).then(outdated);
}

const note = document.querySelector("[data-outdated]");
if (note) {
  copiedAt = Date.parse(note.dataset.madeAt) || 0;
  LATER.push(outdated);
  watchMark();
  setInterval(watchMark, LOOK * 1000);
  setInterval(outdated, 1000);
}
