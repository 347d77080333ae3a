import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestClient } from "../../moselle_nb/widgets/js/requests.js";

/** A model that keeps what is sent and answers when told to. */
function fakeModel() {
  /** @type {Set<Function>} */
  const listeners = new Set();
  /** @type {any[]} */
  const sent = [];
  const model = {
    sent,
    on: (/** @type {string} */ _name, /** @type {Function} */ handler) => listeners.add(handler),
    off: (/** @type {string} */ _name, /** @type {Function} */ handler) => listeners.delete(handler),
    send: (/** @type {any} */ content) => sent.push(content),
    answer: (/** @type {any} */ content) => listeners.forEach((each) => each({ ok: true, revision: 0, ...content }, [])),
    listening: () => listeners.size,
  };
  return /** @type {any} */ (model);
}

test("each request gets its own reply, also with two views on one model", async () => {
  const model = fakeModel();
  const signal = new AbortController().signal;
  const one = new RequestClient(model, { signal, revision: () => 4 });
  const other = new RequestClient(model, { signal, revision: () => 4 });
  const first = one.send("rows", { windows: [0] });
  const second = other.send("rows", { windows: [1] });
  assert.deepEqual(model.sent.map((/** @type {any} */ each) => [each.kind, each.revision]), [["rows", 4], ["rows", 4]]);
  model.answer({ id: model.sent[1].id, said: "second" });
  model.answer({ id: model.sent[0].id, said: "first" });
  assert.equal((await first).reply["said"], "first");
  assert.equal((await second).reply["said"], "second");
});

test("what the kernel skipped is given up once it answers a later request", async () => {
  const model = fakeModel();
  const client = new RequestClient(model, { signal: new AbortController().signal, revision: () => 1 });
  const lost = client.send("edit");
  const later = client.send("rows");
  model.answer({ id: model.sent[1].id });
  assert.equal((await later).reply.ok, true);
  assert.deepEqual([(await lost).reply.ok, (await lost).reply.error?.code], [false, "lost"]);
  assert.equal(client.waiting, 0);
});

test("a view that ended hears nothing", () => {
  const model = fakeModel();
  const ending = new AbortController();
  const client = new RequestClient(model, { signal: ending.signal, revision: () => 0 });
  client.send("rows");
  ending.abort();
  assert.deepEqual([model.listening(), client.waiting], [0, 0]);
});

test("without a kernel the state becomes slow, then silent, and recovers", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "Date"] });
  const model = fakeModel();
  const ending = new AbortController();
  /** @type {string[]} */
  const states = [];
  const client = new RequestClient(model, { signal: ending.signal, revision: () => 0, onState: (state) => states.push(state) });
  client.send("rows");
  context.mock.timers.tick(5_000);
  context.mock.timers.tick(20_000);
  model.answer({ id: model.sent[0].id });
  assert.deepEqual(states, ["slow", "silent", "answering"]);
  ending.abort();
});

test("a model that cannot send is silent at once", () => {
  const model = fakeModel();
  model.send = () => {
    throw new Error("Kernel is dead");
  };
  const ending = new AbortController();
  const client = new RequestClient(model, { signal: ending.signal, revision: () => 0 });
  client.send("rows");
  assert.equal(client.state, "silent");
  ending.abort();
});
