import assert from "node:assert/strict";
import { test } from "node:test";
import { distinct } from "../src/lib/describe";
import { numberText, quantityText } from "../src/lib/numbers";

test("numbers have three significant digits and a true minus sign", () => {
  const expected: [number, string][] = [
    [0.00021, "0.00021"],
    [0.4991, "0.499"],
    [0.9995, "1"],
    [-91.4449, "\u221291.4"],
    [999.4, "999"],
    [999.7, "1,000"],
    [1234.5, "1,235"],
    [2004, "2,004"],
    [0.0000321, "3.21e\u22125"],
    [0, "0"],
    [NaN, "missing"],
    [-Infinity, "\u2212\u221e"],
  ];
  for (const [value, text] of expected) assert.equal(numberText(value), text);
});

test("units follow numbers, not missing ones", () => {
  assert.equal(quantityText(-0.5, "nats"), "\u22120.5 nats");
  assert.equal(quantityText(NaN, "nats"), "missing");
  assert.equal(quantityText(3, ""), "3");
});

test("a row is told once, where it came first", () => {
  const rows: [string, string][] = [["tokens used", "5 tokens  (rank 1 of 9)"], ["step", "a"]];
  assert.deepEqual(distinct([...rows, ["tokens used", "5 tokens"]]), rows);
});
