// TreeExplorer: the front end of workbench/widgets, class TreeExplorer.

import { childrenRow, distinct, measureRow, numberRow, type Description } from "./lib/describe";
import { graphWidget } from "./lib/graph_view";
import { numberText } from "./lib/numbers";
import { textOf, type Scene } from "./lib/scene";
import { GLYPHS, STYLE } from "./lib/style";

function describe(scene: Scene, row: number): Description {
  const kind = textOf(scene.nodes, "kind", row);
  const depth = numberText(scene.nodes.numbers["level"]?.[row] ?? NaN);
  const step = textOf(scene.nodes, "label", row);
  const steps: [string, string][] = step ? [["step", step]] : [];
  return {
    title: `node ${scene.ids[row]} \u00b7 ${GLYPHS[kind]?.label ?? kind} \u00b7 depth ${depth}`,
    rows: distinct([
      ...measureRow(scene, row),
      ...steps,
      ...childrenRow(scene, row),
      ...numberRow(scene, row, "tokens", "tokens used", "tokens"),
      ...numberRow(scene, row, "log_probability", "log-probability", "nats"),
    ]),
  };
}

export default graphWidget({
  noun: "search tree",
  restPx: STYLE.nodes.tree_px,
  hint: "Click select \u00b7 Enter inspect \u00b7 P prune",
  describe,
});
