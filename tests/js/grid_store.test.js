import assert from "node:assert/strict";
import { test } from "node:test";
import { RowStore } from "../../moselle_nb/widgets/js/grid_store.js";

/**
 * A store over a kernel that answers when told to; windows hold one line of the given version.
 */
function setUp() {
  let state = { version: 1, revision: 0, lines: 20 };
  /** @type {{ kind: string, windows: number[], resolve: (answer: any) => void }[]} */
  const asked = [];
  /** @type {string[]} */
  const heard = [];
  const store = new RowStore({
    newest: () => /** @type {any} */ (state),
    size: 4,
    send: (kind, fields) => new Promise((resolve) => asked.push({ kind, windows: /** @type {any} */ (fields["windows"]), resolve })),
    visible: () => ({ top: 0, bottom: 5 }),
    onState: (before, now) => heard.push(`${before.version}→${now.version}`),
    onRows: () => heard.push("rows"),
  });
  return {
    store, asked, heard,
    become: (/** @type {object} */ change) => { state = { ...state, ...change }; },
    answer: async (/** @type {number} */ place, version = state.version) => {
      const { windows, resolve } = /** @type {any} */ (asked[place]);
      resolve({ reply: { ok: true, windows: windows.map((/** @type {number} */ index) => header(index, version)) }, buffers: windows.map(packed) });
      await new Promise((done) => setTimeout(done));
    },
  };
}

/** @param {number} index */
function header(index, version = 1) {
  const columns = [["measure", "u1", 0, 4], ["parent", "u2", 8, 4], ["cells", "f8", 16, 4], ["edited", "u4", 48, 0], ["suggested", "f8", 48, 0]];
  return { index, start: index * 4, lines: 4, version, keys: [], columns, values: {} };
}

function packed() {
  return new DataView(new ArrayBuffer(48));
}

test("a change brings the rows in view together with its state", async () => {
  const { store, asked, heard, become, answer } = setUp();
  const done = store.change("view", { sort: "item" });
  assert.deepEqual([asked[0]?.kind, asked[0]?.windows], ["view", [0, 1]]);
  become({ version: 2 });
  // The trait tells of it first; the reply is what brings it to the screen.
  await store.refresh();
  assert.equal(asked.length, 1);
  await answer(0);
  await done;
  assert.deepEqual(heard, ["1→2"]);
  assert.ok(store.row(5));
  store.stop();
});

test("a change from elsewhere is fetched", async () => {
  const { store, asked, heard, become, answer } = setUp();
  become({ version: 2 });
  const done = store.refresh();
  await answer(0);
  await done;
  assert.deepEqual([asked.length, heard], [1, ["1→2"]]);
  store.stop();
});

test("rows of an older version are not shown; the newest are asked for", async () => {
  const { store, asked, heard, become, answer } = setUp();
  void store.change("rows", {});
  become({ version: 3 });
  await answer(0, 2);
  assert.equal(asked.length, 2);
  await answer(1);
  assert.deepEqual(heard, ["1→3"]);
  store.stop();
});

test("each missing window is asked for once, in requests of eight, and waited for", async () => {
  const { store, asked, heard, become, answer } = setUp();
  become({ lines: 80 });
  store.state = /** @type {any} */ ({ ...store.state, lines: 80 });
  const all = store.fetch(0, 1_000);
  const part = store.fetch(0, 3);
  assert.deepEqual(asked.map(({ windows }) => windows.length), [8, 8, 4]);
  for (const place of [2, 1, 0]) await answer(place);
  await Promise.all([all, part]);
  assert.deepEqual(heard, ["rows", "rows", "rows"]);
  assert.ok(store.row(79));
});
