// @ts-check
// The head of the planner. It stays while the steps below it come and go, so it keeps the keyboard's place.
import { beginView, button, element, fill, follow, kernelText, listen, say, setAttribute, uniqueId } from "./lib_dom.js";
import { codePanel } from "./lib_code.js";
import { RequestClient } from "./requests.js";
import "./planner.css";

/** @typedef {import("./lib_dom.js").Model} Model */
/** @typedef {{ key: string, title: string, name: string, opened: boolean }} PlanRecord */

const BOTH = "both";
const COMPARE = "compare";

/**
 * Tell whether the keyboard was last inside the planner: a step that goes away takes the focus with it.
 * @param {HTMLElement} el
 * @param {AbortSignal} signal
 */
function keyboardWatch(el, signal) {
  let inside = false;
  listen(document, "focusin", (event) => {
    const planner = el.closest(".moselle-planner") ?? el;
    inside = event.target instanceof Node && planner.contains(event.target);
  }, signal);
  return () => inside;
}

/**
 * @param {Model} model
 * @param {(kind: string, fields?: Record<string, unknown>) => Promise<any>} ask
 * @param {AbortSignal} signal
 */
function stepList(model, ask, signal) {
  const buttons = /** @type {[string, string][]} */ (model.get("steps")).map(([key]) =>
    button("", () => ask("go", { step: key }), signal, { class: "moselle-step", "data-step": key }),
  );
  follow(model, ["steps"], () => {
    const steps = /** @type {[string, string][]} */ (model.get("steps"));
    buttons.forEach((each, index) => say(each, `${index + 1}. ${steps[index]?.[1] ?? ""}`));
  }, signal);
  follow(model, ["step", "reachable", "progress"], () => {
    const building = "text" in model.get("progress");
    for (const each of buttons) {
      const key = each.dataset["step"] ?? "";
      setAttribute(each, "aria-current", key === model.get("step") ? "step" : null);
      each.disabled = building || !model.get("reachable").includes(key);
    }
  }, signal);
  const node = element("nav", { "aria-label": "Steps" }, element("ol", { class: "moselle-steps" }, buttons.map((each) => element("li", {}, each))));
  follow(model, ["step"], () => {
    node.hidden = model.get("step") === COMPARE;
  }, signal);
  return node;
}

/**
 * The plans that are kept side by side, and the way from one to the other.
 * @param {Model} model
 * @param {(kind: string, fields?: Record<string, unknown>) => Promise<any>} ask
 * @param {AbortSignal} signal
 */
function planSwitch(model, ask, signal) {
  const kinds = ["replenishment", "allocation", BOTH];
  const buttons = kinds.map((kind) => button("", () => ask("show", { plan: kind }), signal, { class: "moselle-step", "data-plan": kind }));
  const node = element("nav", { "aria-label": "Plans", class: "moselle-row moselle-plans" },
    element("span", { class: "moselle-muted", "aria-hidden": "true" }, "Plans"),
    element("ul", { class: "moselle-steps" }, buttons.map((each) => element("li", {}, each))));
  follow(model, ["plans", "showing", "step", "progress"], () => {
    const plans = /** @type {PlanRecord[]} */ (model.get("plans"));
    const building = "text" in model.get("progress");
    node.hidden = plans.length === 0;
    for (const each of buttons) {
      const kind = each.dataset["plan"] ?? "";
      const plan = plans.find(({ key }) => key === kind);
      const shown = kind === model.get("showing") && model.get("step") !== "type";
      setAttribute(each, "aria-current", shown ? "true" : null);
      each.disabled = building || (kind === BOTH && !plans.every(({ name }) => name));
      say(each, plan ? planTitle(plan) : "Side by side");
    }
  }, signal);
  return node;
}

/** @param {PlanRecord} plan */
function planTitle({ title, name, opened }) {
  return name ? (name.startsWith(title) ? name : `${title}: ${name}`) : opened ? `${title}: not created yet` : `Add ${/^[aeiou]/i.test(title) ? "an" : "a"} ${title.toLowerCase()} plan`;
}

/**
 * @param {Model} model
 * @param {() => void} cancel
 * @param {AbortSignal} signal
 */
function progressLine(model, cancel, signal) {
  const text = element("span", { role: "status" });
  const bar = element("progress", { "aria-label": "Creating the plan" });
  const stop = button("Cancel", cancel, signal);
  const node = element("div", { class: "moselle-row moselle-notice" }, bar, text, stop);
  follow(model, ["progress"], () => {
    const progress = model.get("progress");
    node.hidden = !("text" in progress);
    if (progress.total > 0) {
      bar.max = progress.total;
      bar.value = progress.done;
    } else {
      bar.removeAttribute("value");
    }
    say(text, progress.text ?? "");
  }, signal);
  return node;
}

/**
 * The plan's name, what it is, and where it is saved.
 * @param {Model} model
 * @param {(kind: string, fields?: Record<string, unknown>) => Promise<any>} ask
 * @param {(text: string) => void} tell
 * @param {AbortSignal} signal
 */
function planLine(model, ask, tell, signal) {
  const name = element("strong");
  const text = element("span", { class: "moselle-muted" });
  const print = element("code", { title: "Fingerprint: the same inputs, settings and edits give the same one" });
  const label = element("span", { class: "moselle-muted" }, "Fingerprint ", print);
  const id = uniqueId("file");
  const folder = element("span", { class: "moselle-muted moselle-folder" });
  const file = element("input", { type: "text", id, class: "moselle-file", autocomplete: "off", spellcheck: "false" });
  const save = async () => {
    const reply = await ask("save", { path: file.value });
    if (reply.ok) {
      tell(reply.text);
    }
  };
  listen(file, "keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      save();
    }
  }, signal);
  const code = codePanel(signal);
  listen(code.node, "toggle", () => showCode(), signal);
  const showCode = async () => {
    if (code.node instanceof HTMLDetailsElement && code.node.open) {
      code.write((await ask("code")).text ?? "");
    }
  };
  const node = element(
    "div",
    { class: "moselle-plan-line" },
    element("div", { class: "moselle-row" }, name, text, label,
      element("span", { class: "moselle-row moselle-save" }, element("label", { for: id }, "File"), file, button("Save", save, signal), folder)),
    code.node,
  );
  follow(model, ["plan"], () => {
    const plan = model.get("plan");
    node.hidden = !("name" in plan);
    say(name, plan.name ?? "");
    say(text, plan.text ?? "");
    say(print, plan.fingerprint ?? "");
    label.hidden = !plan.fingerprint;
    showCode();
  }, signal);
  follow(model, ["file"], () => {
    file.value = model.get("file");
  }, signal);
  follow(model, ["folder"], () => {
    say(folder, model.get("folder") ? `in ${model.get("folder")}` : "");
    folder.title = model.get("folder");
  }, signal);
  return node;
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "planner-bar");
  const client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => complain(kernelText(state)) });
  const heading = element("h2", { tabindex: -1 });
  const said = element("p", { role: "status", class: "moselle-status" });
  const problem = element("pre");
  const failure = element("div", { class: "moselle-notice is-error", role: "alert", hidden: true }, problem);
  const wasInside = keyboardWatch(el, signal);

  const complain = (/** @type {string} */ text) => {
    failure.hidden = text === "";
    say(problem, text);
  };
  const ask = async (/** @type {string} */ kind, /** @type {Record<string, unknown>} */ fields = {}) => {
    const { reply } = await client.send(kind, fields);
    complain(reply.ok ? "" : (reply.error?.text ?? "The kernel did not answer."));
    return reply;
  };
  const takeFocus = () => {
    if (wasInside()) {
      heading.focus();
    }
  };
  fill(
    el,
    planSwitch(model, ask, signal),
    stepList(model, ask, signal),
    heading,
    planLine(model, ask, (text) => say(said, text), signal),
    progressLine(model, () => ask("cancel"), signal),
    failure,
    said,
  );
  let shown = "";
  follow(model, ["step", "steps", "showing"], () => {
    const steps = /** @type {[string, string][]} */ (model.get("steps"));
    const [step, showing] = [model.get("step"), model.get("showing")];
    const index = steps.findIndex(([key]) => key === step);
    say(heading, step === COMPARE ? "Both plans side by side" : `Step ${index + 1} of ${steps.length}: ${steps[index]?.[1] ?? ""}`);
    const now = `${step} ${step === "type" ? "" : showing}`;
    if (shown !== "" && shown !== now) {
      takeFocus();
    }
    shown = now;
  }, signal);
  let building = false;
  follow(model, ["progress"], () => {
    const now = "text" in model.get("progress");
    if (now !== building) {
      building = now;
      takeFocus();
    }
  }, signal);
  follow(model, ["said"], () => say(said, model.get("said")), signal);
  follow(model, ["problem"], () => complain(model.get("problem")), signal);
  return cleanup;
}

export default { render };
