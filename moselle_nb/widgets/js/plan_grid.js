import "slickgrid/dist/styles/css/slick.grid.css";
import "./grid.css";
import { GridView } from "./grid_view.js";
import { planKind } from "./plan_grid_kind.js";

/** @type {import("@anywidget/types").AnyWidget} */
export default {
  render({ model, el }) {
    const ending = new AbortController();
    new GridView(model, el, ending.signal, planKind(() => model.get("columns")));
    return () => ending.abort();
  },
};
