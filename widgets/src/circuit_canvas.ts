// CircuitCanvas: the front end of workbench/widgets, class CircuitCanvas.

import { childrenRow, distinct, measureRow, numberRow, scopeRow, type Description } from "./lib/describe";
import { graphWidget } from "./lib/graph_view";
import { numberText } from "./lib/numbers";
import { textOf, type Scene } from "./lib/scene";
import { STYLE } from "./lib/style";

function describe(scene: Scene, row: number): Description {
  const width = scene.nodes.numbers["width"]?.[row] ?? 1;
  const level = numberText(scene.nodes.numbers["level"]?.[row] ?? NaN);
  const units: [string, string][] = width > 1 ? [["units", numberText(width)]] : [];
  return {
    title: `${textOf(scene.nodes, "label", row)} \u00b7 level ${level}`,
    rows: distinct([
      ...measureRow(scene, row),
      ...units,
      ...childrenRow(scene, row),
      ...scopeRow(scene, row),
      ...numberRow(scene, row, "log_likelihood", "log-likelihood", "nats"),
    ]),
  };
}

export default graphWidget({
  noun: "circuit",
  restPx: STYLE.nodes.circuit_px,
  hint: "Click select \u00b7 Enter inspect \u00b7 E expand \u00b7 P prune",
  describe,
});
