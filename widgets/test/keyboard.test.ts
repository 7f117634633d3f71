import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, levelsOf, rootOf, stepFrom } from "../src/lib/keyboard";
import { decode } from "../src/lib/scene";
import { payload } from "./payload";

const { header, bytes } = payload();
const scene = decode(header, bytes)!;
const key = (name: string, held: Partial<KeyboardEvent> = {}): Parameters<typeof actionOf>[0] => ({
  key: name,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  ...held,
});

test("keys mean what the contract says", () => {
  assert.equal(actionOf(key("f"), "down"), "fit");
  assert.equal(actionOf(key("F", { shiftKey: true }), "down"), "fitSelection");
  assert.equal(actionOf(key("/"), "down"), "search");
  assert.equal(actionOf(key("Escape"), "down"), "close");
  assert.equal(actionOf(key("z", { ctrlKey: true }), "down"), "undo");
  assert.equal(actionOf(key("+", { shiftKey: true }), "down"), "zoomIn");
  assert.equal(actionOf(key("f", { ctrlKey: true }), "down"), undefined);
  assert.equal(actionOf(key("q"), "down"), undefined);
});

test("arrows turn with the direction of growth", () => {
  assert.equal(actionOf(key("ArrowUp"), "down"), "parent");
  assert.equal(actionOf(key("ArrowLeft"), "right"), "parent");
  assert.equal(actionOf(key("ArrowDown"), "right"), "next");
});

test("arrows follow edges, the heaviest first, and stop at the ends", () => {
  const levels = levelsOf(scene, "down");
  assert.equal(stepFrom(scene, levels, 0, "child"), 2);
  assert.equal(stepFrom(scene, levels, 2, "parent"), 0);
  assert.equal(stepFrom(scene, levels, 2, "previous"), 1);
  assert.equal(stepFrom(scene, levels, 1, "next"), 2);
  assert.equal(stepFrom(scene, levels, 2, "next"), 2);
  assert.equal(stepFrom(scene, levels, 3, "child"), 3);
  assert.equal(rootOf(scene), 0);
});
