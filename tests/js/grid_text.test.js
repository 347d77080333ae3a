import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNumber, formatTable, parseQuantity, parseTable } from "../../moselle_nb/widgets/js/grid_text.js";

test("quantities as people type them", () => {
  const cases = [["240", 240], [" 1,240 ", 1240], ["1 240", 1240], ["1\u00a0240", 1240], ["-5", -5], ["2.5", 2.5], ["1e3", 1000]];
  for (const [text, value] of cases) assert.equal(parseQuantity(String(text)), value);
});

test("blank is no quantity, and text is left for the kernel to refuse", () => {
  assert.equal(parseQuantity("  "), null);
  for (const text of ["abc", "1,24", "0x10", "NaN", "Infinity", "12 pcs", "=1+1"]) assert.equal(parseQuantity(text), text);
});

test("a table goes through the clipboard and back", () => {
  const table = [["1", "a\tb", ""], ['say "hi"', "two\nlines", "3"]];
  assert.deepEqual(parseTable(formatTable(table)), table);
});

test("a spreadsheet's last line end is no row, and its carriage returns are no text", () => {
  assert.deepEqual(parseTable("1\t2\r\n3\t4\r\n"), [["1", "2"], ["3", "4"]]);
  assert.deepEqual(parseTable(""), []);
  assert.deepEqual(parseTable("7"), [["7"]]);
  assert.deepEqual(parseTable('5" pipe\t2'), [['5" pipe', "2"]]);
});

test("numbers are short, and no number is blank", () => {
  assert.equal(formatNumber(1234567.25), "1,234,567");
  assert.equal(formatNumber(2.25), "2.3");
  assert.equal(formatNumber(Number.NaN), "");
});
