// @ts-check
// The constraints of a plan: one row of controls each, added and removed.
import { button, element, listen, setAttribute, uniqueId } from "./lib_dom.js";
import { grouped, select, showProblems } from "./lib_fields.js";
import { afterPress } from "./lib_press.js";

/** @typedef {{ name: string, kind: string, title: string, unit: string, choices: string[] }} ConstraintField */
/** @typedef {{ scope: string, key: string, location: string, field: string, value: string, valid_from: string, valid_to: string }} ConstraintValue */

/** @type {ConstraintValue} */
const NEW = { scope: "item", key: "", location: "", field: "moq", value: "", valid_from: "", valid_to: "" };

/**
 * @param {string} title
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {...Node} beside
 */
function part(title, input, ...beside) {
  input.id = uniqueId("part");
  return element("div", { class: "moselle-part" }, element("label", { for: input.id }, title), input, beside);
}

/**
 * The control that suits a constraint's value.
 * @param {ConstraintField | undefined} field
 * @param {string} current
 */
function valueInput(field, current) {
  if (field?.kind === "flag" || field?.kind === "choice") {
    const words = field.kind === "flag" ? ["true", "false"] : field.choices;
    const input = select([...words, "none"].map((word) => [word, word]));
    input.value = [...words, "none"].includes(current) ? current : (words[0] ?? "none");
    return input;
  }
  const input = element("input", { type: "text", inputmode: "decimal", class: "is-short", autocomplete: "off", title: "A value; none unsets what the tables say" });
  input.value = current;
  return input;
}

/**
 * @param {any} extra what can be chosen from
 * @param {ConstraintValue} initial
 * @param {(row: { node: HTMLElement }) => void} onRemove
 * @param {() => void} onLeave
 * @param {AbortSignal} signal
 */
function constraintRow(extra, initial, onRemove, onLeave, signal) {
  /** @type {ConstraintField[]} */
  const fields = extra.fields;
  const problem = element("p", { class: "moselle-problem", id: uniqueId("problem") });
  const scope = select(extra.scopes);
  const options = element("datalist", { id: uniqueId("keys") });
  const key = element("input", { type: "text", list: options.id, autocomplete: "off", "aria-describedby": problem.id });
  const location = element("input", { type: "text", autocomplete: "off", placeholder: "everywhere" });
  const places = element("datalist", { id: uniqueId("keys") }, extra.keys.location.map((/** @type {string} */ value) => element("option", { value })));
  location.setAttribute("list", places.id);
  const field = select(fields.map(({ name, title }) => [name, title]));
  const from = element("input", { type: "date" });
  const to = element("input", { type: "date" });
  let value = valueInput(undefined, "");
  const valuePart = element("div", { class: "moselle-part" });
  const keyPart = part("Which", key, options);
  const adapt = (/** @type {string} */ current) => {
    const known = fields.find(({ name }) => name === field.value);
    value = valueInput(known, current);
    value.setAttribute("aria-describedby", problem.id);
    valuePart.replaceChildren(...part(known?.unit ? `Value (${known.unit})` : "Value", value).childNodes);
    keyPart.hidden = scope.value === "plan";
    options.replaceChildren(...(extra.keys[scope.value] ?? []).map((/** @type {string} */ each) => element("option", { value: each })));
  };
  const remove = button("Remove", () => onRemove(row), signal);
  const node = element(
    "div",
    { class: "moselle-constraint", role: "group" },
    part("For", scope), keyPart, part("Location", location, places), part("Rule", field), valuePart,
    part("From", from), part("To", to), remove, problem,
  );
  listen(scope, "change", () => {
    key.value = "";
    adapt(value.value);
  }, signal);
  listen(field, "change", () => adapt(value.value), signal);
  listen(node, "focusout", (event) => {
    const next = event.relatedTarget;
    if (!(next instanceof Node && node.contains(next))) {
      row.isOld();
      onLeave();
    }
  }, signal);
  // A row that was just added is not wrong yet: it is open.
  let fresh = true;
  const row = {
    node,
    isOld: () => {
      fresh = false;
    },
    focus: () => scope.focus(),
    /** @returns {ConstraintValue} */
    read: () => ({
      scope: scope.value, key: scope.value === "plan" ? "" : key.value.trim(), location: location.value.trim(),
      field: field.value, value: value.value, valid_from: from.value, valid_to: to.value,
    }),
    /** @param {ConstraintValue} wanted */
    write: (wanted) => {
      [scope.value, field.value] = [wanted.scope, wanted.field];
      [key.value, location.value] = [wanted.key ?? "", wanted.location ?? ""];
      [from.value, to.value] = [wanted.valid_from ?? "", wanted.valid_to ?? ""];
      adapt(wanted.value ?? "");
    },
    /** @param {number} position @param {Record<string, string[]>} problems by the part of the constraint */
    show: (position, problems) => {
      setAttribute(node, "aria-label", `Constraint ${position + 1}`);
      setAttribute(remove, "aria-label", `Remove constraint ${position + 1}`);
      const told = fresh ? {} : problems;
      showProblems(problem, [], Object.values(told).flat());
      for (const [name, input] of Object.entries({ key, location, value, valid_from: from })) {
        setAttribute(input, "aria-invalid", told[name] ? "true" : null);
      }
    },
  };
  row.write(initial);
  return row;
}

/**
 * Problems whose name begins with a prefix, by the rest of their name.
 * @param {Record<string, string[]>} problems
 * @param {string} prefix
 */
export function partsOf(problems, prefix) {
  const found = Object.entries(problems).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, texts]) => [name.slice(prefix.length), texts]));
}

/**
 * @param {import("./lib_fields.js").FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {import("./lib_fields.js").Control}
 */
export function constraintsField(field, signal) {
  /** @type {ReturnType<typeof constraintRow>[]} */
  let rows = [];
  /** @type {Record<string, string[]>} */
  let shown = {};
  const list = element("div", { class: "moselle-constraints" });
  const names = /** @type {ConstraintField[]} */ (field.extra.fields).map(({ name }) => name);
  const usual = names.includes(NEW.field) ? NEW.field : (names[0] ?? "");
  const add = button("Add a constraint", () => {
    append({ ...NEW, field: usual }).focus();
    changed();
  }, signal);
  const { node, line } = grouped(field, list, add);
  const changed = () => node.dispatchEvent(new Event("input", { bubbles: true }));
  const showAll = () => {
    showProblems(line, [], shown[field.name] ?? []);
    rows.forEach((row, position) => row.show(position, partsOf(shown, `${field.name}.${position}.`)));
  };
  const later = afterPress(signal);
  /** @param {ConstraintValue} value */
  function append(value) {
    const row = constraintRow(field.extra, { ...NEW, ...value }, remove, () => later(showAll), signal);
    rows.push(row);
    list.append(row.node);
    showAll();
    return row;
  }
  /** @param {{ node: HTMLElement }} row */
  function remove(row) {
    const position = rows.findIndex(({ node: each }) => each === row.node);
    rows = rows.filter(({ node: each }) => each !== row.node);
    row.node.remove();
    (rows[Math.min(position, rows.length - 1)] ?? { focus: () => add.focus() }).focus();
    changed();
  }
  return {
    node,
    read: () => rows.map((row) => row.read()),
    write: (value) => {
      rows = [];
      list.replaceChildren();
      for (const each of value ?? []) {
        append(each).isOld();
      }
      showAll();
    },
    show: (problems) => {
      shown = problems;
      showAll();
    },
  };
}
