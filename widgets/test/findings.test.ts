import assert from "node:assert/strict";
import { test } from "node:test";
import {
  codesOf,
  extended,
  parsed,
  sameFindings,
  toggled,
  typed,
  withKnown,
  wordsOf,
} from "../src/lib/evidence/findings";

test("a click clamps, and the same once more releases", () => {
  assert.equal(toggled(undefined, 2), 2);
  assert.equal(toggled(2, 2), undefined);
  assert.equal(toggled(1, 2), 2);
  assert.equal(toggled([1, 2], 2), 2);
});

test("a click with Shift adds and takes away; all values are no evidence", () => {
  assert.deepEqual(extended(2, 0, 4), [0, 2]);
  assert.equal(extended([0, 2], 2, 4), 0);
  assert.equal(extended(0, 0, 4), undefined);
  assert.equal(extended([0, 1, 2], 3, 4), undefined);
});

test("what is known is changed in a copy", () => {
  const before = { "0": 1 };
  assert.deepEqual(withKnown(before, 3, { low: 1, high: null }), { "0": 1, "3": { low: 1, high: null } });
  assert.deepEqual(withKnown(before, 0, undefined), {});
  assert.deepEqual(before, { "0": 1 });
});

test("numbers and intervals are read as they are typed", () => {
  assert.equal(parsed(" 5.1 "), 5.1);
  assert.equal(parsed("\u22122"), -2);
  assert.equal(parsed(""), undefined);
  assert.deepEqual(parsed("4..6"), { low: 4, high: 6 });
  assert.deepEqual(parsed("..6"), { low: null, high: 6 });
  assert.deepEqual(parsed("4 to 6"), { low: 4, high: 6 });
  assert.deepEqual(parsed("-1..-0.5"), { low: -1, high: -0.5 });
  assert.equal(parsed("5..5"), 5);
  for (const wrong of ["tall", "6..4", "..", "1..2..3", "Infinity", "5,1"]) {
    assert.equal(parsed(wrong), null, wrong);
  }
  for (const text of ["5.1", "4..6", "..6", "4.."]) assert.equal(typed(parsed(text)!), text);
});

test("what is known is said in words", () => {
  const label = (code: number): string => ["clear", "grey", "red"][code];
  assert.equal(wordsOf(1, label), "grey");
  assert.equal(wordsOf([0, 2], label), "clear or red");
  assert.equal(wordsOf({ low: -1.5, high: 2 }, label), "\u22121.5 to 2");
  assert.equal(wordsOf({ low: null, high: 2 }, label), "at most 2");
  assert.deepEqual(codesOf({ low: 0, high: 1 }), []);
});

test("the order of keys does not matter", () => {
  assert.ok(sameFindings({ "1": 0, "2": [1] }, { "2": [1], "1": 0 }));
  assert.ok(!sameFindings({ "1": 0 }, { "1": 1 }));
});
