import "slickgrid/dist/styles/css/slick.grid.css";
import "./grid.css";
import "./allocation_grid.css";
import { allocationKind } from "./allocation_grid_kind.js";
import { GridView } from "./grid_view.js";

/** @type {import("@anywidget/types").AnyWidget} */
export default {
  render({ model, el }) {
    const ending = new AbortController();
    new GridView(model, el, ending.signal, allocationKind(() => model.get("columns"), () => model.get("state")));
    return () => ending.abort();
  },
};
