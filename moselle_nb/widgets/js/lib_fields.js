// @ts-check
// The controls of a form: each can be read, written and asked for the place of its problems.
import { element, listen, setAttribute, uniqueId } from "./lib_dom.js";

/**
 * A field of the form as Python describes it.
 * @typedef {object} FieldRecord
 * @property {string} name
 * @property {number} step
 * @property {string} kind
 * @property {string} title
 * @property {string} description
 * @property {string} unit
 * @property {string} group
 * @property {boolean} required
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {[string, string][]} choices
 * @property {any} extra
 * @property {[string, string] | []} when
 */

/**
 * A control: its node, its value as typed, and where its problems are shown.
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {() => any} read
 * @property {(value: any) => void} write
 * @property {(problems: Record<string, string[]>) => void} show
 */

/**
 * Show problems in a line and mark the inputs they belong to.
 * @param {HTMLElement} line
 * @param {HTMLElement[]} inputs
 * @param {string[]} texts
 */
export function showProblems(line, inputs, texts) {
  const text = texts.map(sentence).join(" ");
  if (line.textContent !== text) {
    line.textContent = text;
  }
  for (const input of inputs) {
    setAttribute(input, "aria-invalid", texts.length > 0 ? "true" : null);
  }
}

/** @param {string} text */
export function sentence(text) {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/**
 * Lay out one input under its label, with hint, unit and problem line.
 * @param {{ name: string, title: string, description: string, unit: string }} field
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {...HTMLElement} beside
 */
export function labelled(field, input, ...beside) {
  const [id, hint, problem] = [uniqueId(field.name), uniqueId("hint"), uniqueId("problem")];
  input.id = id;
  input.setAttribute("aria-describedby", `${hint} ${problem}`);
  const line = element("p", { id: problem, class: "moselle-problem" });
  const node = element(
    "div",
    { class: "moselle-field", "data-field": field.name },
    element("label", { for: id }, field.title),
    element("div", { class: "moselle-row" }, input, field.unit && element("span", { class: "moselle-muted" }, field.unit), beside),
    element("p", { id: hint, class: "moselle-muted moselle-hint" }, field.description),
    line,
  );
  return { node, line };
}

/**
 * A group of inputs under one legend.
 * @param {{ name: string, title: string, description: string }} field
 * @param {...(Node | string)} content
 */
export function grouped(field, ...content) {
  const [hint, problem] = [uniqueId("hint"), uniqueId("problem")];
  const line = element("p", { id: problem, class: "moselle-problem" });
  const node = element(
    "fieldset",
    { class: "moselle-field", "data-field": field.name, "aria-describedby": `${hint} ${problem}` },
    element("legend", {}, field.title),
    content,
    element("p", { id: hint, class: "moselle-muted moselle-hint" }, field.description),
    line,
  );
  return { node, line, problem };
}

/**
 * @param {[string, string][]} choices
 * @param {Record<string, string>} [attributes]
 */
export function select(choices, attributes = {}) {
  return element("select", attributes, choices.map(([value, words]) => element("option", { value }, words)));
}

/**
 * @param {FieldRecord} field
 * @returns {Control}
 */
function textField(field) {
  const number = field.kind === "whole" || field.kind === "number";
  const input = element("input", {
    type: "text",
    inputmode: field.kind === "whole" ? "numeric" : number ? "decimal" : "text",
    class: number ? "is-short" : "is-long",
    autocomplete: "off",
    placeholder: field.required ? null : "none",
    "aria-required": field.required ? "true" : null,
  });
  const { node, line } = labelled(field, input);
  return {
    node,
    read: () => input.value,
    write: (value) => {
      input.value = String(value ?? "");
    },
    show: (problems) => showProblems(line, [input], problems[field.name] ?? []),
  };
}

/**
 * @param {FieldRecord} field
 * @param {[string, string][]} choices
 * @returns {Control}
 */
function choiceField(field, choices) {
  const input = select(choices);
  const { node, line } = labelled(field, input);
  return {
    node,
    read: () => input.value,
    write: (value) => {
      input.value = String(value ?? "");
    },
    show: (problems) => showProblems(line, [input], problems[field.name] ?? []),
  };
}

/**
 * @param {FieldRecord} field
 * @returns {Control}
 */
function flagField(field) {
  const input = element("input", { type: "checkbox" });
  const { node, line } = boxed(field, input);
  return {
    node,
    read: () => input.checked,
    write: (value) => {
      input.checked = value === true;
    },
    show: (problems) => showProblems(line, [input], problems[field.name] ?? []),
  };
}

/**
 * Lay out a check box beside its label, with hint and problem line.
 * @param {{ name: string, title: string, description: string }} field
 * @param {HTMLInputElement} input
 */
export function boxed(field, input) {
  const [hint, problem] = [uniqueId("hint"), uniqueId("problem")];
  input.setAttribute("aria-describedby", `${hint} ${problem}`);
  const title = element("span", {}, field.title);
  const line = element("p", { id: problem, class: "moselle-problem" });
  const node = element(
    "div",
    { class: "moselle-field is-flag", "data-field": field.name },
    element("label", { class: "moselle-option" }, input, title),
    element("p", { id: hint, class: "moselle-muted moselle-hint" }, field.description),
    line,
  );
  return { node, title, line };
}

/**
 * Units, or a share of the stock on hand: one text such as 50 or 10%.
 * @param {FieldRecord} field
 * @returns {Control}
 */
function holdBackField(field) {
  const input = element("input", { type: "text", inputmode: "decimal", class: "is-short", autocomplete: "off", "aria-label": `${field.title}: amount` });
  const unit = select([["", "units of each item"], ["%", "% of its stock on hand"]], { "aria-label": `${field.title}: unit` });
  const { node, line, problem } = grouped(field, element("div", { class: "moselle-row" }, input, unit));
  input.setAttribute("aria-describedby", problem);
  return {
    node,
    read: () => (input.value.trim() === "" ? "" : `${input.value.trim()}${unit.value}`),
    write: (value) => {
      const text = String(value ?? "").trim();
      unit.value = text.endsWith("%") ? "%" : "";
      input.value = text.replace(/\s*%$/, "");
    },
    show: (problems) => showProblems(line, [input], problems[field.name] ?? []),
  };
}

/**
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {Control}
 */
function sourceField(field, signal) {
  const list = checkList(field.extra.locations, field.title, signal);
  const { node, line } = grouped(field, list.node);
  return {
    node,
    read: list.read,
    write: (value) => list.write(value ?? []),
    show: (problems) => showProblems(line, [list.node], problems[field.name] ?? []),
  };
}

/** @param {FieldRecord} field */
function scenarioField(field) {
  /** @type {string[]} */
  const scenarios = field.extra.scenarios;
  /** @type {[string, string][]} */
  const choices = scenarios.length > 1
    ? scenarios.map((name) => [name, name || "without a name"])
    : [["", scenarios[0] || "The only one"]];
  return choiceField(field, choices);
}

/**
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {Control}
 */
function safetyStockField(field, signal) {
  /** @type {Record<string, [string, string]>} */
  const units = field.extra.units;
  const method = select(field.extra.methods, { "aria-label": `${field.title}: method` });
  const value = element("input", { type: "text", inputmode: "decimal", class: "is-short", "aria-label": `${field.title}: value` });
  const unit = element("span", { class: "moselle-muted" });
  const { node, line, problem } = grouped(field, element("div", { class: "moselle-row" }, method, value, unit));
  value.setAttribute("aria-describedby", problem);
  const adapt = () => {
    const known = units[method.value];
    value.hidden = known === undefined;
    unit.textContent = known?.[0] ?? "";
  };
  listen(method, "change", () => {
    value.value = units[method.value]?.[1] ?? "";
    adapt();
  }, signal);
  return {
    node,
    read: () => ({ method: method.value, value: value.value }),
    write: (wanted) => {
      method.value = wanted?.method ?? "none";
      value.value = wanted?.value ?? "";
      adapt();
    },
    show: (problems) => showProblems(line, [value], problems[field.name] ?? []),
  };
}

/**
 * A list of checkboxes, with a search line when it is long.
 * @param {[string, string][]} options
 * @param {string} label
 * @param {AbortSignal} signal
 */
export function checkList(options, label, signal) {
  const boxes = options.map(([value, words]) => {
    const input = element("input", { type: "checkbox", value });
    return { input, node: element("label", { class: "moselle-option" }, input, words), words: words.toLowerCase() };
  });
  const list = element("div", { class: "moselle-checks" }, boxes.map((box) => box.node));
  const search = element("input", { type: "search", placeholder: "Search", "aria-label": `Search ${label}`, hidden: options.length <= 10 });
  listen(search, "input", (event) => {
    event.stopPropagation();
    const wanted = search.value.trim().toLowerCase();
    for (const box of boxes) {
      box.node.hidden = !box.words.includes(wanted);
    }
  }, signal);
  return {
    node: element("div", { class: "moselle-check-list", role: "group", "aria-label": label }, search, list),
    /** @returns {string[]} */
    read: () => boxes.filter((box) => box.input.checked).map((box) => box.input.value),
    /** @param {string[]} values */
    write: (values) => {
      const wanted = new Set(values);
      for (const box of boxes) {
        box.input.checked = wanted.has(box.input.value);
      }
    },
  };
}

/**
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {Control}
 */
function locationsField(field, signal) {
  /** @type {[string, string][]} */
  const options = field.extra.locations;
  const name = uniqueId("which");
  const all = element("input", { type: "radio", name });
  const some = element("input", { type: "radio", name });
  const list = checkList(options, field.title, signal);
  const { node, line } = grouped(
    field,
    element("label", { class: "moselle-option" }, all, field.extra.all),
    element("label", { class: "moselle-option" }, some, "Only these"),
    list.node,
  );
  const adapt = () => {
    list.node.hidden = !some.checked;
  };
  listen(node, "change", adapt, signal);
  return {
    node,
    read: () => (some.checked ? list.read() : null),
    write: (value) => {
      all.checked = value === null || value === undefined;
      some.checked = !all.checked;
      list.write(value ?? []);
      adapt();
    },
    show: (problems) => showProblems(line, [], problems[field.name] ?? []),
  };
}

/**
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {Control}
 */
function scopeField(field, signal) {
  const filters = Object.entries(/** @type {Record<string, string[]>} */ (field.extra.filters)).map(([column, values]) => {
    const title = columnTitle(column);
    const list = checkList(values.map((value) => [value, value]), title, signal);
    const summary = element("summary", {});
    return { column, values, list, title, summary, node: element("details", { class: "moselle-filter" }, summary, list.node) };
  });
  const { node, line } = grouped(field, element("div", { class: "moselle-filters" }, filters.map((filter) => filter.node)));
  const adapt = () => {
    for (const { list, values, title, summary } of filters) {
      const chosen = list.read().length;
      summary.textContent = chosen ? `${title}: ${chosen} of ${values.length}` : `${title}: all`;
      summary.classList.toggle("is-set", chosen > 0);
    }
  };
  listen(node, "change", adapt, signal);
  return {
    node,
    read: () => Object.fromEntries(filters.map(({ column, list }) => [column, list.read()]).filter(([, chosen]) => chosen?.length)),
    write: (value) => {
      for (const { column, list } of filters) {
        list.write(value?.[column] ?? []);
      }
      adapt();
    },
    show: (problems) => showProblems(line, [], problems[field.name] ?? []),
  };
}

/** @param {string} column */
export function columnTitle(column) {
  const words = column.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The control of a field that has no module of its own.
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 * @returns {Control}
 */
export function control(field, signal) {
  switch (field.kind) {
    case "choice":
      return choiceField(field, field.choices);
    case "scenario":
      return scenarioField(field);
    case "safety_stock":
      return safetyStockField(field, signal);
    case "locations":
      return locationsField(field, signal);
    case "source":
      return sourceField(field, signal);
    case "hold_back":
      return holdBackField(field);
    case "flag":
      return flagField(field);
    case "scope":
      return scopeField(field, signal);
    default:
      return textField(field);
  }
}
