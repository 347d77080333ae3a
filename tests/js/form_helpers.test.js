// The form's pure helpers: periods, problems, columns, colours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, periodLength, plural } from "../../moselle_nb/widgets/js/lib_dates.js";
import { sentence, columnTitle } from "../../moselle_nb/widgets/js/lib_fields.js";
import { partsOf } from "../../moselle_nb/widgets/js/lib_constraints.js";
import { columnsOf, isShort, shown } from "../../moselle_nb/widgets/js/lib_table.js";
import { isLightColour } from "../../moselle_nb/widgets/js/lib_themes.js";

test("a period counts both of its ends", () => {
  assert.equal(periodLength("2026-11-23", "2027-02-14"), "84 days (12 weeks)");
  assert.equal(periodLength("2026-11-23", "2026-11-23"), "1 day");
  assert.equal(periodLength("2026-11-23", "2026-11-29"), "7 days (1 week)");
});

test("a period that is none has no length", () => {
  assert.equal(periodLength("2026-11-23", "2026-11-22"), "");
  assert.equal(periodLength("", "2026-11-22"), "");
  assert.equal(periodLength("2026-02-30", "2026-11-22"), "");
});

test("days are added over the ends of months, leap days and the change of clocks", () => {
  assert.equal(addDays("2026-11-23", 83), "2027-02-14");
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2026-03-28", 2), "2026-03-30");
  assert.equal(addDays("soon", 2), "");
});

test("counts carry their noun", () => {
  assert.equal(plural(1, "week"), "1 week");
  assert.equal(plural(6000, "row"), "6,000 rows");
});

test("a problem reads as a sentence", () => {
  assert.equal(sentence("a value is required"), "A value is required.");
  assert.equal(sentence("no item 'x' (did you mean 'y'?)"), "No item 'x' (did you mean 'y'?).");
});

test("a column's name reads as a title", () => {
  assert.equal(columnTitle("product_line"), "Product line");
});

test("the problems of one constraint are told apart from those of the others", () => {
  const problems = { "constraints.1.key": ["a"], "constraints.10.key": ["b"], constraints: ["c"] };
  assert.deepEqual(partsOf(problems, "constraints.1."), { key: ["a"] });
});

test("amounts have two decimals, units those they need, nothing is blank", () => {
  assert.equal(shown(1234.5, "money"), "1,234.50");
  assert.equal(shown(1234, "number"), "1,234");
  assert.equal(shown(0.5, "number"), "0.5");
  assert.equal(shown(null, "money"), "");
  assert.equal(shown("=cmd", "text"), "=cmd");
});

test("columns that nobody foresaw are shown under their own name", () => {
  assert.deepEqual(columnsOf(["order_id", "new_column"]), [
    { key: "order_id", title: "Order", kind: "text" },
    { key: "new_column", title: "New column", kind: "text" },
  ]);
});

test("an order that misses a minimum is marked", () => {
  assert.equal(isShort({ gap_value: 12.5, gap_units: null }), true);
  assert.equal(isShort({ gap_value: 0, gap_units: null }), false);
});

test("light text means a dark ground", () => {
  assert.equal(isLightColour("rgb(230, 230, 230)"), true);
  assert.equal(isLightColour("rgba(0, 0, 0, 0.87)"), false);
});
