// @ts-check
// The chart of one row: an image drawn in the kernel, in the colours of the page.
import { beginView, element, fill, follow, say, setAttribute } from "./lib_dom.js";
import { onTheme } from "./lib_themes.js";
import "./inventory_chart.css";

/** @param {{ model: import("./lib_dom.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "inventory-chart");
  const image = element("img", { class: "moselle-chart" });
  const hint = element("p", { class: "moselle-muted" });
  const problem = element("p", { class: "moselle-problem", role: "status" });
  fill(el, image, hint, problem);
  let dark = false;
  let drawn = "";
  const draw = () => {
    const svg = /** @type {string} */ (model.get(dark ? "svg_dark" : "svg"));
    image.hidden = svg === "";
    if (svg !== drawn) {
      // An image of an SVG runs no script and loads nothing, whatever the names in it are.
      image.src = svg === "" ? "" : `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      drawn = svg;
    }
    image.alt = model.get("alt");
    say(problem, model.get("problem"));
    say(hint, svg === "" && model.get("problem") === "" ? "Select a row to see its projected stock." : "");
  };
  onTheme(el, (isDark) => {
    dark = isDark;
    draw();
  }, signal);
  follow(model, ["drawing"], () => {
    const drawing = model.get("drawing");
    image.classList.toggle("is-stale", drawing);
    setAttribute(el, "aria-busy", drawing ? "true" : null);
  }, signal);
  follow(model, ["svg", "svg_dark", "alt", "problem"], draw, signal);
  return cleanup;
}

export default { render };
