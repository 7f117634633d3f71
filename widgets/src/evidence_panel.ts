// EvidencePanel: the front end of workbench/widgets, class EvidencePanel.

import { EvidencePanel } from "./lib/evidence/panel";
import type { Dispose, Host } from "./lib/host";

export default {
  render({ model, el }: Host): Dispose {
    const panel = new EvidencePanel(model, el);
    return () => panel.dispose();
  },
};
