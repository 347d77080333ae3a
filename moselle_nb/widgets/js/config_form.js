// @ts-check
// The two-step form of a plan: what is typed goes to Python, what is wrong comes back to its field.
import { beginView, button, element, fill, follow, kernelText, listen, say } from "./lib_dom.js";
import { codePanel } from "./lib_code.js";
import { constraintsField } from "./lib_constraints.js";
import { coverageField } from "./lib_coverage.js";
import { plural } from "./lib_dates.js";
import { boxed, control } from "./lib_fields.js";
import { afterPress } from "./lib_press.js";
import { RequestClient } from "./requests.js";
import "./config_form.css";

/** @typedef {import("./lib_dom.js").Model} Model */
/** @typedef {import("./lib_fields.js").FieldRecord} FieldRecord */
/** @typedef {import("./lib_fields.js").Control} Control */
/** @typedef {{ table: string, rule: string, count: number, examples: string, what_was_done: string }} Warning */

const WAIT = 120;

/**
 * @param {FieldRecord} field
 * @param {AbortSignal} signal
 */
function makeControl(field, signal) {
  if (field.kind === "coverage") {
    return coverageField(field, signal);
  }
  return field.kind === "constraints" ? constraintsField(field, signal) : control(field, signal);
}

/**
 * Fields of one step under their headings; the last group is folded away.
 * @param {FieldRecord[]} fields
 * @param {Map<string, Control>} controls
 * @param {string} folded
 */
function groups(fields, controls, folded) {
  const names = [...new Set(fields.map((field) => field.group))].sort((a, b) => Number(a === folded) - Number(b === folded));
  return names.map((name) => {
    const nodes = fields.filter((field) => field.group === name).map((field) => controls.get(field.name)?.node ?? null);
    if (name === folded) {
      return element("details", { class: "moselle-group" }, element("summary", {}, name), nodes);
    }
    return element("section", { class: "moselle-group", "aria-label": name || null }, name && element("h4", {}, name), nodes);
  });
}

/** @param {Warning[]} warnings */
function qualityNotice(warnings) {
  const rows = warnings.map((warning) =>
    element("tr", {},
      element("td", {}, warning.table),
      element("td", {}, warning.rule),
      element("td", { class: "is-number" }, warning.count.toLocaleString("en")),
      element("td", {}, warning.examples),
      element("td", {}, warning.what_was_done)),
  );
  const heads = ["Table", "What was found", "Rows", "Examples", "What was done"];
  return element(
    "details",
    { class: "moselle-notice is-warn moselle-quality" },
    element("summary", {}, `${plural(warnings.length, "warning")} about the data`),
    element("div", { class: "moselle-scroll" },
      element("table", { class: "moselle-table" },
        element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col", class: head === "Rows" ? "is-number" : null }, head)))),
        element("tbody", {}, rows))),
  );
}

/**
 * Offer the planned receipts of a replenishment plan, where there is one.
 * @param {Model} model
 * @param {AbortSignal} signal
 */
function receiptsBox(model, signal) {
  const input = element("input", { type: "checkbox" });
  const { node, title } = boxed({ name: "use_receipts", title: "", description: "What it orders can be shipped once it has arrived; each unit stays one unit." }, input);
  listen(input, "change", (event) => {
    event.stopPropagation();
    model.set("use_receipts", input.checked);
    model.save_changes();
  }, signal);
  follow(model, ["receipts_of", "use_receipts"], () => {
    node.hidden = model.get("receipts_of") === "";
    input.checked = model.get("use_receipts");
    say(title, `Count the planned receipts of the replenishment plan “${model.get("receipts_of")}”`);
  }, signal);
  return node;
}

/** The form of one view. */
class FormView {
  step = 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;
  status = element("p", { role: "status", class: "moselle-status" });
  problem = element("pre");
  failure = element("div", { class: "moselle-notice is-error", role: "alert", hidden: true },
    element("strong", {}, "The plan was not created"), this.problem);
  next = element("button", { type: "submit", class: "moselle-button is-primary" }, "Next");
  create = element("button", { type: "submit", class: "moselle-button is-primary" }, "Create plan");
  headings = ["1. Name and period", "2. What to plan, and how"].map((title) => element("h3", { tabindex: -1 }, title));
  form = element("form", { novalidate: true });

  /**
   * @param {Model} model
   * @param {HTMLElement} el
   * @param {AbortSignal} signal
   */
  constructor(model, el, signal) {
    this.model = model;
    this.signal = signal;
    this.client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => this.complain(kernelText(state)) });
    /** @type {FieldRecord[]} */
    this.fields = model.get("fields");
    this.controls = new Map(this.fields.map((field) => [field.name, makeControl(field, signal)]));
    this.code = codePanel(signal);
    this.wrong = button("", () => this.focusProblem(), signal, { class: "moselle-button is-plain moselle-problem" });
    this.back = button("Back", () => this.show(1, true), signal);
    this.pages = this.headings.map((heading, index) => this.page(heading, index + 1));
    this.form.setAttribute("aria-label", model.get("title"));
    this.build(el);
    this.followModel();
    listen(this.form, "input", () => this.changedSoon(), signal);
    listen(this.form, "change", () => this.changedSoon(), signal);
    listen(this.form, "submit", (event) => {
      event.preventDefault();
      this.forward();
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /**
   * @param {HTMLElement} heading
   * @param {number} step
   */
  page(heading, step) {
    const fields = this.fields.filter((field) => field.step === step);
    const foot = element("div", { class: "moselle-row moselle-foot" }, step === 1 ? [this.next] : [this.back, this.create]);
    const receipts = step === 2 && receiptsBox(this.model, this.signal);
    return element("div", { class: "moselle-page" }, heading, groups(fields, this.controls, this.model.get("folded")), receipts, foot);
  }

  /** @param {HTMLElement} el */
  build(el) {
    fill(this.form, this.pages, element("div", { class: "moselle-row" }, this.wrong), this.status);
    const warnings = /** @type {Warning[]} */ (this.model.get("quality"));
    fill(
      el,
      element("p", { class: "moselle-muted" }, this.model.get("context")),
      warnings.length > 0 && qualityNotice(warnings),
      this.failure,
      this.form,
      this.code.node,
    );
  }

  followModel() {
    const { model, signal } = this;
    for (const [name, each] of this.controls) {
      each.write(model.get("values")[name]);
    }
    const later = afterPress(signal);
    const [write, judge] = [() => this.write(model.get("values")), () => this.judge()];
    follow(model, ["values"], () => later(write), signal);
    follow(model, ["problems", "busy", "code", "size", "problem"], () => later(judge), signal);
    follow(model, ["page"], () => this.show(model.get("page"), false), signal);
  }

  read() {
    return Object.fromEntries([...this.controls].map(([name, each]) => [name, each.read()]));
  }

  /** @param {Record<string, any>} values */
  write(values) {
    const typed = this.read();
    for (const [name, each] of this.controls) {
      if (JSON.stringify(typed[name]) !== JSON.stringify(values[name])) {
        each.write(values[name]);
      }
    }
    this.adapt();
  }

  changedSoon() {
    this.adapt();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(), WAIT);
  }

  changed() {
    clearTimeout(this.timer);
    this.model.set("values", this.read());
    this.model.save_changes();
  }

  /** Hide what changes nothing with what is chosen elsewhere, unless it has to be put right. */
  adapt() {
    const problems = this.model.get("problems");
    for (const { name, when: [other, value] } of this.fields) {
      const node = this.controls.get(name)?.node;
      if (node && other !== undefined) {
        node.hidden = this.controls.get(other)?.read() !== value && !(name in problems);
      }
    }
  }

  /** Fields with a problem that stand on a step. */
  wrongOn(/** @type {number} */ step) {
    const names = Object.keys(this.model.get("problems")).map((name) => name.split(".")[0] ?? "");
    const known = this.fields.filter((field) => field.step === step).map((field) => field.name);
    return [...new Set(names)].filter((name) => known.includes(name) || (step === 2 && name === ""));
  }

  judge() {
    const problems = this.model.get("problems");
    const busy = this.model.get("busy");
    for (const each of this.controls.values()) {
      each.show(problems);
    }
    this.adapt();
    const wrong = Object.keys(problems).length;
    this.next.disabled = this.wrongOn(1).length > 0;
    this.create.disabled = wrong > 0 || busy;
    this.create.textContent = busy ? "Creating…" : "Create plan";
    this.wrong.hidden = wrong === 0;
    this.wrong.textContent = wrong === 0 ? "" : `${plural(wrong, "setting")} to put right: ${this.wrongTitles()}`;
    say(this.status, wrong === 0 ? this.model.get("size") : "");
    this.complain(this.model.get("problem"));
    this.code.write(this.model.get("code"));
  }

  wrongTitles() {
    const problems = /** @type {Record<string, string[]>} */ (this.model.get("problems"));
    const names = new Set([...this.wrongOn(1), ...this.wrongOn(2)]);
    return [...names].map((name) => this.fields.find((field) => field.name === name)?.title ?? (problems[""] ?? []).join(" ")).join(", ");
  }

  /** Go to the first field that is wrong, on whichever step it stands. */
  focusProblem() {
    const step = this.wrongOn(1).length > 0 ? 1 : 2;
    this.show(step, false);
    const name = this.wrongOn(step)[0];
    const node = name ? this.controls.get(name)?.node : undefined;
    node?.closest("details")?.setAttribute("open", "");
    const wanted = node?.querySelector('[aria-invalid="true"]') ?? node?.querySelector("input, select, button");
    if (wanted instanceof HTMLElement) {
      wanted.focus();
    }
  }

  forward() {
    if (this.step === 1) {
      this.changed();
      if (this.wrongOn(1).length === 0) {
        this.show(2, true);
      }
    } else if (!this.create.disabled) {
      this.ask();
    }
  }

  async ask() {
    clearTimeout(this.timer);
    const { reply } = await this.client.send("create", { values: this.read() });
    this.complain(reply.ok ? "" : (reply.error?.text ?? ""));
  }

  /** @param {string} text blank when all is well */
  complain(text) {
    this.failure.hidden = text === "";
    say(this.problem, text);
  }

  /**
   * @param {number} step
   * @param {boolean} focus
   */
  show(step, focus) {
    this.step = step;
    if (this.model.get("page") !== step) {
      this.model.set("page", step);
      this.model.save_changes();
    }
    this.pages.forEach((page, index) => {
      page.hidden = index !== step - 1;
    });
    if (focus) {
      this.headings[step - 1]?.focus();
    }
  }
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "config-form");
  new FormView(model, el, signal);
  return cleanup;
}

export default { render };
