// @ts-check
// A chart that was drawn in the kernel: an image, in the colours of the page.
import { element, fill, follow, say, setAttribute } from "./lib_dom.js";
import { onTheme } from "./lib_themes.js";

/**
 * An image of an SVG that Python keeps in two traits, one for each ground.
 * @param {import("./lib_dom.js").Model} model
 * @param {HTMLElement} el where the colours of the page are read
 * @param {string} trait of the light one; the dark one ends in `_dark`
 * @param {AbortSignal} signal
 */
export function picture(model, el, trait, signal) {
  const image = element("img", { class: "moselle-chart" });
  let dark = false;
  let drawn = "";
  const draw = () => {
    const svg = /** @type {string} */ (model.get(dark ? `${trait}_dark` : trait));
    image.hidden = svg === "";
    if (svg !== drawn) {
      // An image of an SVG runs no script and loads nothing, whatever the names in it are.
      image.src = svg === "" ? "" : `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      drawn = svg;
    }
  };
  onTheme(el, (isDark) => {
    dark = isDark;
    draw();
  }, signal);
  follow(model, [trait, `${trait}_dark`], draw, signal);
  return image;
}

/**
 * @param {import("./lib_dom.js").Model} model with `svg`, `svg_dark`, `alt`, `drawing` and `problem`
 * @param {HTMLElement} el
 * @param {string} empty what to say while there is nothing to show
 * @param {AbortSignal} signal
 */
export function drawing(model, el, empty, signal) {
  const image = picture(model, el, "svg", signal);
  const hint = element("p", { class: "moselle-muted" });
  const problem = element("p", { class: "moselle-problem", role: "status" });
  fill(el, image, hint, problem);
  follow(model, ["drawing"], () => {
    const busy = model.get("drawing");
    image.classList.toggle("is-stale", busy);
    setAttribute(el, "aria-busy", busy ? "true" : null);
  }, signal);
  follow(model, ["svg", "alt", "problem"], () => {
    image.alt = model.get("alt");
    say(problem, model.get("problem"));
    say(hint, model.get("svg") === "" && model.get("problem") === "" ? empty : "");
  }, signal);
}
