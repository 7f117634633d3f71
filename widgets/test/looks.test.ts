import assert from "node:assert/strict";
import { test } from "node:test";
import { childrenRow, measureRow, scopeRow } from "../src/lib/describe";
import { looksOf, scaleOf } from "../src/lib/looks";
import { decode } from "../src/lib/scene";
import { strokesOf } from "../src/lib/strokes";
import { inkOn, paletteOf, rampColour, STYLE } from "../src/lib/style";
import { opaque } from "../src/lib/theme";
import { payload } from "./payload";

const { header, bytes } = payload();
const scene = decode(header, bytes)!;
const palette = paletteOf("light");

test("every node has exactly one look, and a missing value is dotted", () => {
  const looks = looksOf(scene, palette, scaleOf(scene));
  const rows = looks.flatMap((look) => [...look.rows]).sort();
  assert.deepEqual(rows, [0, 1, 2, 3]);
  const missing = looks.find((look) => look.rows.includes(2))!;
  assert.deepEqual([missing.dash, missing.fill], ["dotted", palette.surfaces.canvas]);
});

test("without a measure the fill is the hue of the kind", () => {
  const looks = looksOf(scene, palette, null);
  assert.equal(looks.find((look) => look.name === "sum")!.fill, palette.hues[0].colour);
});

test("a log scale puts its geometric mean in the middle", () => {
  const scale = scaleOf(scene)!;
  assert.equal(scale.low, 0.01);
  assert.ok(Math.abs(scale.middle - 0.1) < 1e-12);
  assert.ok(Math.abs(scale.share(0.1) - 0.5) < 1e-12);
});

test("values that differ only by rounding share one colour", () => {
  const value = Float64Array.of(1, 1 - 1e-15, 1 + 1e-15, 1);
  const encodings = { colour: { ...scene.header.encodings["colour"], scale: "linear" as const } };
  const nodes = { ...scene.nodes, numbers: { ...scene.nodes.numbers, value } };
  const same = { ...scene, nodes, header: { ...scene.header, encodings } };
  const fills = looksOf(same, palette, scaleOf(same)).map((look) => look.fill);
  assert.equal(new Set(fills).size, 1);
});

test("ramps start and end at their first and last step", () => {
  const ramp = palette.ordinal;
  assert.equal(rampColour(ramp, 0), ramp[0]);
  assert.equal(rampColour(ramp, 1), ramp[6]);
  assert.equal(rampColour(ramp, 0, 2), ramp[2]);
  assert.equal(inkOn("#ffffff"), "#14171c");
  assert.equal(inkOn("#103c70"), "#ffffff");
});

test("every edge has one stroke and heavy ones come last", () => {
  const strokes = strokesOf(scene);
  assert.deepEqual(strokes.flatMap((stroke) => [...stroke.edges]).sort(), [0, 1, 2]);
  assert.deepEqual([...strokes.at(-1)!.edges], [1]);
  assert.equal(strokes.at(-1)!.dashed, true);
});

test("descriptions say measure, children and scope", () => {
  assert.deepEqual(measureRow(scene, 0), [["flow", "0.1"]]);
  assert.deepEqual(childrenRow(scene, 0), [["children", "3  heaviest 0.7 \u2192 70"]]);
  assert.deepEqual(childrenRow(scene, 1), []);
  assert.deepEqual(scopeRow(scene, 0), [["scope", "x1, x12"]]);
  assert.deepEqual(scopeRow(scene, 2), [["scope", "a, b, c, d +37"]]);
});

test("only opaque backgrounds tell the theme", () => {
  assert.equal(opaque("rgb(20, 23, 28)"), "#14171c");
  assert.equal(opaque("rgba(0, 0, 0, 0)"), null);
  assert.equal(STYLE.palettes.dark.surfaces.canvas, "#14171c");
});
