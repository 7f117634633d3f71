import assert from "node:assert/strict";
import { test } from "node:test";
import { Asks } from "../src/lib/jobs/asks";
import { bestOf, csv, ordered, patched, shownColumns, smallIsGood, type Cells } from "../src/lib/jobs/cells";
import { textOf, widthsOf } from "../src/lib/jobs/line";
import { segmentShares } from "../src/lib/jobs/row";
import { endingsOf, mostTelling, rowsOf } from "../src/lib/jobs/rows";
import { Choice } from "../src/lib/jobs/selection";
import { HEIGHT, sparkPoints, WIDTH } from "../src/lib/jobs/sparkline";
import { countsText, paceText, rateText, remainingText, shareText, spanText } from "../src/lib/jobs/words";

const cells: Cells = {
  version: 3,
  columns: [
    { name: "id", role: "id" },
    { name: "latents", role: "grid" },
    { name: "structure", role: "grid" },
    { name: "status", role: "state" },
    { name: "nats", role: "value" },
    { name: "error", role: "error" },
  ],
  lines: [
    ["7", 16, "hclt", "done", -30.5, null],
    ["8", 4, "hclt", "failed", null, "no room, see \"limits\""],
    ["9", 8, "=1+1", "running", -20.25, null],
  ],
};

test("times and shares are told with no more digits than they deserve", () => {
  assert.equal(spanText(3.21), "3.2 s");
  assert.equal(spanText(59.9), "59 s");
  assert.equal(spanText(125), "2 min 5 s");
  assert.equal(spanText(7260), "2 h 1 min");
  assert.equal(spanText(90_000), "1 d 1 h");
  assert.equal(remainingText(0.2), "about 1 s left");
  assert.equal(remainingText(33), "about 35 s left");
  assert.equal(remainingText(170), "about 3 min left");
  assert.equal(remainingText(7300), "about 2 h left");
  assert.equal(shareText(0.999), "99 %");
  assert.equal(shareText(0.29), "29 %");
  assert.equal(rateText(0.021), "2.1 %/s");
  assert.equal(rateText(0.0005), "3 %/min");
  assert.equal(rateText(0.00001), "3.6 %/h");
  assert.equal(paceText(0.41, null, null), "41 %");
  assert.equal(paceText(0.41, 0.021, 28), "41 % \u00b7 2.1 %/s \u00b7 about 30 s left");
  assert.equal(countsText({ done: 1, failed: 1, running: 2 }), "2 running, 1 done, 1 failed");
});

test("changed lines go into the table they belong to only", () => {
  const line = ["8", 4, "hclt", "done", -25, null];
  assert.deepEqual(patched(cells, { version: 3, lines: { "1": line } }).lines[1], line);
  assert.equal(patched(cells, { version: 2, lines: { "1": line } }), cells);
  assert.equal(cells.lines[1][3], "failed");
});

test("cells are sorted with what is missing last, either way", () => {
  assert.deepEqual(ordered(cells, null), [0, 1, 2]);
  assert.deepEqual(ordered(cells, { column: 4, down: false }), [0, 2, 1]);
  assert.deepEqual(ordered(cells, { column: 4, down: true }), [2, 0, 1]);
  assert.deepEqual(ordered(cells, { column: 1, down: false }), [1, 2, 0]);
  assert.deepEqual(ordered(cells, { column: 2, down: true }), [0, 1, 2]);
});

test("the best value is the highest, or the lowest where that is meant", () => {
  assert.deepEqual([...bestOf(cells, 4, false)], [2]);
  assert.deepEqual([...bestOf(cells, 4, true)], [0]);
  assert.deepEqual([...bestOf(cells, 2, true)], []);
  assert.ok(smallIsGood("train loss"));
  assert.ok(!smallIsGood("log-likelihood"));
});

test("CSV has full precision, quotes what must be quoted and starts no formula", () => {
  assert.equal(
    csv(cells, [1, 2]),
    'latents,structure,status,nats,error\r\n4,hclt,failed,,"no room, see ""limits"""\r\n8,\'=1+1,running,-20.25,\r\n',
  );
});

test("ids and errors are no columns, and columns are as wide as their texts", () => {
  assert.deepEqual(shownColumns(cells), [1, 2, 3, 4]);
  const more = { ...cells, columns: [...cells.columns, { name: "test", role: "value" as const }] };
  assert.deepEqual(shownColumns(more, 6), [1, 2, 3, 6, 4]);
  assert.equal(widthsOf(cells, [1, 3]), "28px calc(8ch + 12px) calc(13ch + 12px)");
  assert.equal(textOf(0.5, "progress"), "50 %");
  assert.equal(textOf(-20.25, "value"), "\u221220.25");
  assert.equal(textOf(null, "value"), "");
});

test("lines are chosen one by one, in spans and all at once", () => {
  const ids = ["a", "b", "c", "d"];
  const choice = new Choice();
  assert.deepEqual(choice.targets(ids), []);
  choice.go(1, ids, false);
  assert.deepEqual(choice.targets(ids), ["b"]);
  choice.go(3, ids, true);
  assert.deepEqual(choice.targets(ids), ["b", "c", "d"]);
  choice.go(0, ids, true);
  assert.deepEqual(choice.targets(ids), ["a", "b"]);
  choice.toggle(0, ids);
  assert.deepEqual(choice.targets(ids), ["b"]);
  choice.all(ids);
  assert.deepEqual(choice.targets(ids), ids);
});

test("a sparkline spans its box and leaves out what is missing", () => {
  const points = sparkPoints([1, null, 3, 2]);
  assert.equal(points.length, 3);
  assert.ok(points[0][1] > points[1][1]);
  assert.ok(points.every(([x, y]) => x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT));
  assert.deepEqual(sparkPoints([]), []);
  assert.equal(sparkPoints([5, 5])[0][1], HEIGHT / 2);
});

test("the track of a sweep is made of its cells", () => {
  const [row] = rowsOf([{ status: "running", progress: 0.5, cells: { done: 1, failed: 1, running: 2, queued: 4 } }]);
  assert.deepEqual(segmentShares(row), [0.125, 0.125, 0, 0.25]);
  assert.deepEqual(segmentShares(rowsOf([{ status: "failed", progress: 0.3 }])[0]), [0, 0.3, 0, 0]);
});

test("what has ended is announced once", () => {
  const before = rowsOf([{ id: "1", name: "fit", status: "running" }, { id: "2", status: "done" }]);
  const after = rowsOf([{ id: "1", name: "fit", status: "done" }, { id: "2", status: "done" }, { id: "3", status: "done" }]);
  assert.deepEqual(endingsOf(before, after), ["fit done"]);
  assert.deepEqual(rowsOf(null), []);
});

test("what was measured on other rows is looked at first", () => {
  assert.equal(mostTelling([{ name: "train" }, { name: "valid nats" }])?.name, "valid nats");
  assert.equal(mostTelling([{ name: "loss" }, { name: "norm" }])?.name, "loss");
  assert.equal(mostTelling([]), undefined);
});

test("actions are kept until they are answered", () => {
  const fields: Record<string, unknown> = { asked: {}, told: { seq: 4 } };
  const nothing = (): void => undefined;
  const asks = new Asks({
    get: (name) => fields[name],
    set: (name, value) => void (fields[name] = value),
    save_changes: nothing,
    on: nothing,
    off: nothing,
  });
  asks.send("cancel", ["1"]);
  asks.send("resume", ["2"]);
  const sent = (fields["asked"] as { actions: { seq: number }[] }).actions;
  assert.deepEqual(sent.map(({ seq }) => seq), [5, 6]);
  assert.equal(asks.waiting("1"), "cancel");
  fields["told"] = { seq: 5 };
  assert.equal(asks.waiting("1"), null);
  assert.equal(asks.waiting("2"), "resume");
  fields["told"] = { seq: 6 };
  assert.ok(!asks.anyWaiting);
});
