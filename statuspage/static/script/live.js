// News without a reload: the server says that something changed, and the page fetches itself.
// Where the stream cannot be had, the page asks now and then.
const ASK = 20, ASK_UNKNOWN = 5, WHOLE = 300, HIDDEN = 60; // seconds
let stream = null, hiddenSince = 0, fetchedAt = Date.now();

// What cannot be fetched now is asked for again with the next news, or after a while.
function fetchNow() {
  return refresh().catch(() => {});
}

function fetchSoon(spread) {
  fetchedAt = Date.now();
  setTimeout(fetchNow, Math.random() * spread);
}

function aged(now) {
  const made = document.querySelector("[data-made]");
  if (!made) return;
  made.dataset.made = now.as_of;
  tell(made.querySelector("[data-as-of]"), now.as_of_said, now.as_of);
  tell(made.querySelector("[data-last-result]"), now.last_result_said, now.last_result_at);
  for (const slot of made.querySelectorAll("[data-since]")) slot.dataset.since = now.as_of;
  tick();
  // Bars and response times grow without news.
  if (Date.now() - fetchedAt > WHOLE * 1000) fetchSoon(30000);
}

function tell(slot, said, at) {
  slot.textContent = elsewhere && at ? said.replace(/\d\d:\d\d:\d\d/, inZone(new Date(at), true)) : said;
}

function changed(now) {
  aged(now);
  if (now.version === root.dataset.version) return;
  const said = document.getElementById("said"), text = `${now.headline} ${now.beside}`.trim();
  if (said.textContent !== text) said.textContent = text;
  fetchSoon(1500);
}

function listen() {
  if (stream || !root.dataset.stream || !document.querySelector("[data-live]")) return;
  stream = new EventSource(root.dataset.stream);
  stream.addEventListener("state", (event) => changed(JSON.parse(event.data)));
  stream.addEventListener("age", (event) => aged(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    // It comes back by itself, unless it was refused.
    if (stream.readyState !== EventSource.CLOSED) return;
    stream = null;
    setTimeout(listen, 60000 + Math.random() * 60000);
  });
}

function hang() {
  if (stream) stream.close();
  stream = null;
}

listen();
(function again() {
  const pause = document.querySelector("#top.unknown") ? ASK_UNKNOWN : ASK;
  const due = !document.hidden && stream?.readyState !== EventSource.OPEN;
  setTimeout(async () => {
    if (due) await fetchNow();
    again();
  }, pause * 1000);
})();
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenSince = Date.now();
    setTimeout(() => document.hidden && hang(), HIDDEN * 1000);
  } else if (!stream || Date.now() - hiddenSince > HIDDEN * 1000) {
    listen();
    fetchNow();
  }
});
