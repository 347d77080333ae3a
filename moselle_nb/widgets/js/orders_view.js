// @ts-check
// The buyer's view by supplier, and the purchase orders with their downloads.
import { beginView, button, element, fill, follow, kernelText, say, setAttribute } from "./lib_dom.js";
import { plural } from "./lib_dates.js";
import { columnsOf, isShort, table } from "./lib_table.js";
import { RequestClient } from "./requests.js";
import "./orders_view.css";

/** @typedef {{ records: Record<string, unknown>[], total: number, columns: string[] }} Records */

/** @type {[string, string][]} */
const DOWNLOADS = [["csv", "CSV"], ["excel", "Excel"], ["html", "Printable"], ["schedule", "Schedule"]];

/**
 * @param {Records} data
 * @param {string} noun
 */
function rest(data, noun) {
  const hidden = data.total - data.records.length;
  return hidden > 0 ? `… and ${plural(hidden, noun)} more` : "";
}

/**
 * @param {string} caption
 * @param {Records} data
 */
function supplierTable(caption, data) {
  return table(caption, columnsOf(data.columns), data.records, (record) => (isShort(record) ? "is-short" : ""));
}

/**
 * Hand a file to the browser; nothing leaves the page.
 * @param {string} name
 * @param {string} type
 * @param {DataView} content
 */
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([/** @type {DataView<ArrayBuffer>} */ (content)], { type }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {{ model: import("./lib_dom.js").Model, el: HTMLElement }} context */
function render({ model, el }) {
  const { signal, cleanup } = beginView(el, "orders-view");
  const problem = element("p", { role: "alert", class: "moselle-problem" });
  const client = new RequestClient(model, { signal, revision: () => 0, onState: (state) => say(problem, kernelText(state)) });
  const headline = element("p", { role: "status" });
  const due = element("div");
  const dueRest = element("p", { class: "moselle-muted" });
  const later = element("div");
  const laterSummary = element("summary");
  const laterBox = element("details", {}, laterSummary, later);
  const notes = element("ul", { class: "moselle-notes" });
  const orderTable = element("div");
  const orderRest = element("p", { class: "moselle-muted" });
  const said = element("p", { role: "status", class: "moselle-status" });
  const titles = /** @type {Record<string, string>} */ (model.get("titles"));
  const noun = titles["noun"] ?? "";
  const short = noun.split(" ").at(-1) ?? "";
  const stale = element("p", { class: "moselle-notice is-warn" }, `The plan has changed since these ${short}s were generated. Generate them again.`);
  const heading = element("h3", { tabindex: -1 }, titles["papers"]);
  const until = element("select");
  const untilLabel = element("label", {}, "Leaving up to ", until);

  const ask = async (/** @type {string} */ kind, /** @type {Record<string, unknown>} */ fields = {}) => {
    say(problem, "");
    const answer = await client.send(kind, fields);
    say(problem, answer.reply.ok ? "" : (answer.reply.error?.text ?? "The kernel did not answer."));
    return answer;
  };
  const generate = button(`Generate ${noun}s`, async () => {
    await ask("generate", untilLabel.hidden ? {} : { until: until.value });
  }, signal, { class: "moselle-button is-primary" });
  const preparing = element("span", { role: "status", class: "moselle-muted" });
  const downloads = DOWNLOADS.map(([format, title]) =>
    button(`Download ${title}`, async () => {
      say(preparing, `Preparing ${title}…`);
      const { reply, buffers } = await ask("download", { format });
      say(preparing, reply.ok ? `${reply["file"]} is ready.` : "");
      if (reply.ok && buffers[0]) {
        save(reply["file"], reply["type"], buffers[0]);
      }
    }, signal),
  );
  const orders = element("section", { class: "moselle-orders", "aria-label": titles["papers"] }, heading, stale, orderTable, orderRest, notes,
    element("div", { class: "moselle-row" }, downloads, preparing));
  fill(el, element("h3", {}, titles["heading"]), headline, due, dueRest, laterBox, element("div", { class: "moselle-row" }, untilLabel, generate, said), problem, orders);

  follow(model, ["due", "later", "headline"], () => {
    const [now, then] = /** @type {Records[]} */ ([model.get("due"), model.get("later")]);
    say(headline, model.get("headline"));
    fill(due, now && now.total > 0 && supplierTable(titles["due"] ?? "", now));
    say(dueRest, now ? rest(now, short) : "");
    fill(later, then && then.total > 0 && supplierTable(titles["later"] ?? "", then), then && element("p", { class: "moselle-muted" }, rest(then, short)));
    laterSummary.textContent = `${titles["later"]}, not firm: ${plural(then?.total ?? 0, short)}`;
    laterBox.hidden = !then || then.total === 0;
  }, signal);
  follow(model, ["days"], () => {
    const days = /** @type {string[]} */ (model.get("days"));
    const chosen = until.value;
    fill(until, days.map((day) => element("option", { value: day }, day)));
    until.value = days.includes(chosen) ? chosen : (days[0] ?? "");
    untilLabel.hidden = days.length === 0;
  }, signal);
  follow(model, ["documents", "notes", "stale"], () => {
    const data = /** @type {Records} */ (model.get("documents"));
    orders.hidden = data.total === 0;
    stale.hidden = !model.get("stale");
    fill(orderTable, data.total > 0 && table(titles["papers"] ?? "", columnsOf(data.columns), data.records));
    say(orderRest, rest(data, short));
    fill(notes, /** @type {string[]} */ (model.get("notes")).map((text) => element("li", {}, text)));
  }, signal);
  follow(model, ["said", "working"], () => {
    const working = model.get("working");
    say(said, working || model.get("said"));
    setAttribute(el, "aria-busy", working ? "true" : null);
    el.classList.toggle("is-working", working !== "");
  }, signal);
  follow(model, ["problem"], () => say(problem, model.get("problem")), signal);
  return cleanup;
}

export default { render };
