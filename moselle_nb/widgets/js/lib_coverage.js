// @ts-check
// The period of a plan: two days, the usual lengths as buttons, and how long it is.
import { button, element, listen, uniqueId } from "./lib_dom.js";
import { addDays, periodLength } from "./lib_dates.js";
import { grouped, showProblems } from "./lib_fields.js";

const USUAL_WEEKS = [4, 8, 12, 26];

/**
 * @param {import("./lib_fields.js").FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {import("./lib_fields.js").Control}
 */
export function coverageField(field, signal) {
  const [firstId, lastId] = [uniqueId("first"), uniqueId("last")];
  const first = element("input", { type: "date", id: firstId });
  const last = element("input", { type: "date", id: lastId });
  const length = element("span", { class: "moselle-muted" });
  const adapt = () => {
    length.textContent = periodLength(first.value, last.value);
  };
  const usual = USUAL_WEEKS.map((weeks) =>
    button(`${weeks} weeks`, () => {
      last.value = addDays(first.value, 7 * weeks - 1);
      last.dispatchEvent(new Event("input", { bubbles: true }));
    }, signal),
  );
  const { node, line, problem } = grouped(
    field,
    element("div", { class: "moselle-row" },
      element("span", { class: "moselle-row" }, element("label", { for: firstId }, "First day"), first),
      element("span", { class: "moselle-row" }, element("label", { for: lastId }, "Last day"), last),
      length),
    element("div", { class: "moselle-row", role: "group", "aria-label": "Usual lengths" }, usual),
  );
  for (const input of [first, last]) {
    input.setAttribute("aria-describedby", problem);
    listen(input, "input", adapt, signal);
  }
  return {
    node,
    read: () => [first.value, last.value],
    write: (value) => {
      [first.value, last.value] = [value?.[0] ?? "", value?.[1] ?? ""];
      adapt();
    },
    show: (problems) => showProblems(line, [first, last], problems[field.name] ?? []),
  };
}
