// Light, dark, or as the device has it; the choice is kept in this browser only.
function chosen() {
  try { return localStorage.getItem("upfront-theme") || ""; } catch { return ""; }
}

function showTheme() {
  for (const button of document.querySelectorAll("[data-choose-theme]")) {
    button.closest("[data-themes]")?.removeAttribute("hidden");
    button.setAttribute("aria-pressed", String(button.dataset.chooseTheme === chosen()));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose-theme]");
  if (!button) return;
  try {
    if (button.dataset.chooseTheme) localStorage.setItem("upfront-theme", button.dataset.chooseTheme);
    else localStorage.removeItem("upfront-theme");
  } catch { /* a browser that keeps nothing shows it until the next page */ }
  root.dataset.theme = button.dataset.chooseTheme;
  showTheme();
});
showTheme();
