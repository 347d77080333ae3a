// @ts-check
// Whether the page is dark: JupyterLab says so on the body, elsewhere the text colour tells.

/**
 * Whether a computed colour is light: text on a dark ground is.
 * @param {string} colour `rgb(…)` or `rgba(…)`, as `getComputedStyle` gives it
 */
export function isLightColour(colour) {
  const parts = colour.match(/[\d.]+/g)?.map(Number) ?? [];
  const [red = 0, green = 0, blue = 0] = parts;
  return (red * 299 + green * 587 + blue * 114) / 1000 > 140;
}

/** @param {HTMLElement} el */
function isDark(el) {
  const told = document.body.dataset["jpThemeLight"];
  return told === undefined ? isLightColour(getComputedStyle(el).color) : told === "false";
}

/**
 * Call back now and when the theme changes.
 * @param {HTMLElement} el
 * @param {(dark: boolean) => void} callback
 * @param {AbortSignal} signal
 */
export function onTheme(el, callback, signal) {
  const tell = () => callback(isDark(el));
  const observer = new MutationObserver(tell);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", tell, { signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  tell();
}
