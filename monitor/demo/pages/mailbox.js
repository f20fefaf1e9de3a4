// Looks every second whether something arrived, and puts the new list in place. A mail that the
// reader has chosen stays; otherwise the newest is shown.
const EVERY = 1000

async function look() {
  const room = document.getElementById("room")
  const { count } = await (await fetch("/items.json")).json()
  if (String(count) === room.dataset.count) return
  const text = await (await fetch(location.pathname)).text()
  const found = new DOMParser().parseFromString(text, "text/html")
  const fresh = found.getElementById("room")
  document.title = found.title
  if ("chosen" in room.dataset) {
    room.querySelector("nav").replaceWith(fresh.querySelector("nav"))
    room.dataset.count = fresh.dataset.count
  } else {
    room.replaceWith(fresh)
  }
}

setInterval(() => look().catch(() => {}), EVERY)
