// @ts-check
// Both kinds of plan side by side, and a helper that asks what a planner has to decide.
import { beginView, button, element, fill, follow, kernelText, say, uniqueId } from "./lib_dom.js";
import { RequestClient } from "./requests.js";
import "./plan_type_chooser.css";

/** @typedef {import("./lib_dom.js").Model} Model */
/** @typedef {{ key: string, title: string, facts: [string, string][] }} PlanType */
/** @typedef {{ key: string, text: string, options: [string, string][] }} Question */
/** @typedef {{ types: string[], text: string, choice: string }} Recommendation */

const BOTH = "both";

/** @type {Record<string, string>} */
const START = {
  replenishment: "Start the replenishment plan",
  allocation: "Start the allocation plan",
  [BOTH]: "Start both: the replenishment plan first",
};

/**
 * @param {PlanType} type
 * @param {Model} model
 * @param {(type: string) => void} onChoose
 * @param {AbortSignal} signal
 */
function card(type, model, onChoose, signal) {
  const title = uniqueId("type");
  const badge = element("span", { class: "moselle-badge is-accent", hidden: true }, "recommended");
  const choose = button(`Choose ${type.title.toLowerCase()}`, () => onChoose(type.key), signal, {
    class: "moselle-button is-primary",
    "aria-describedby": title,
  });
  const node = element(
    "section",
    { class: "moselle-card", "aria-labelledby": title, "data-type": type.key },
    element("div", { class: "moselle-row" },
      element("h3", { id: title }, type.title),
      badge),
    element("dl", {}, type.facts.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)])),
    element("div", { class: "moselle-card-foot" }, choose),
  );
  const update = () => {
    const chosen = [type.key, BOTH].includes(model.get("value"));
    const recommended = /** @type {Recommendation} */ (model.get("recommendation")).types.includes(type.key);
    node.classList.toggle("is-chosen", chosen);
    node.classList.toggle("is-recommended", recommended);
    choose.setAttribute("aria-pressed", String(chosen));
    badge.hidden = !recommended;
  };
  follow(model, ["value", "recommendation"], update, signal);
  return node;
}

/**
 * @param {Question} question
 * @param {Model} model
 * @param {AbortSignal} signal
 */
function questionField(question, model, signal) {
  const name = uniqueId("question");
  const options = question.options.map(([key, text]) => {
    const input = element("input", { type: "radio", name, value: key });
    input.checked = model.get("answers")[question.key] === key;
    input.addEventListener(
      "change",
      () => {
        model.set("answers", { ...model.get("answers"), [question.key]: key });
        model.save_changes();
      },
      { signal },
    );
    return element("label", { class: "moselle-option" }, input, text);
  });
  return element("fieldset", { class: "moselle-question" }, element("legend", {}, question.text), options);
}

/**
 * @param {Model} model
 * @param {(type: string) => void} onChoose
 * @param {AbortSignal} signal
 */
function helper(model, onChoose, signal) {
  const questions = element("div");
  const advice = element("p", { role: "status", class: "moselle-status moselle-advice" });
  const start = button("", () => onChoose(model.get("recommendation").choice), signal);
  const again = button(
    "Start again",
    () => {
      model.set("answers", {});
      model.save_changes();
      questions.querySelector("input")?.focus();
    },
    signal,
    { class: "moselle-button is-plain" },
  );
  /** @type {string[]} */
  let shown = [];
  const update = () => {
    const asked = /** @type {Question[]} */ (model.get("questions"));
    const keys = asked.map((question) => question.key);
    const kept = shown.filter((key, index) => keys[index] === key).length;
    while (questions.children.length > kept) {
      questions.lastElementChild?.remove();
    }
    questions.append(...asked.slice(kept).map((question) => questionField(question, model, signal)));
    for (const [index, question] of asked.entries()) {
      for (const input of questions.children[index]?.querySelectorAll("input") ?? []) {
        input.checked = model.get("answers")[question.key] === input.value;
      }
    }
    shown = keys;
    const { text, choice } = /** @type {Recommendation} */ (model.get("recommendation"));
    say(advice, text);
    start.hidden = choice === "";
    start.textContent = START[choice] ?? "";
    again.hidden = Object.keys(model.get("answers")).length === 0;
  };
  follow(model, ["questions", "answers", "recommendation"], update, signal);
  return element("details", { class: "moselle-helper" }, element("summary", {}, "Which one do I need?"), questions, advice, element("div", { class: "moselle-row" }, start, again));
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "plan-type-chooser");
  const problem = element("p", { role: "alert", class: "moselle-problem" });
  const client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => say(problem, kernelText(state)) });
  const choose = async (/** @type {string} */ type) => {
    const { reply } = await client.send("choose", { type });
    say(problem, reply.ok ? "" : (reply.error?.text ?? ""));
  };
  const types = /** @type {PlanType[]} */ (model.get("plan_types"));
  const heading = element("h2", { tabindex: -1 }, "What do you want to plan?");
  fill(
    el,
    heading,
    element("div", { class: "moselle-cards" }, types.map((type) => card(type, model, choose, signal))),
    problem,
    helper(model, choose, signal),
  );
  return cleanup;
}

export default { render };
