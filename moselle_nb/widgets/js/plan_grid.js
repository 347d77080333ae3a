import "slickgrid/dist/styles/css/slick.grid.css";
import "./plan_grid.css";
import { GridView } from "./plan_grid_view.js";

/** @type {import("@anywidget/types").AnyWidget} */
export default {
  render({ model, el }) {
    const ending = new AbortController();
    new GridView(model, el, ending.signal);
    return () => ending.abort();
  },
};
