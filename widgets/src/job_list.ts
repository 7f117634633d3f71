// JobList: the front end of workbench/widgets, class JobList.

import type { Dispose, Host } from "./lib/host";
import { JobList } from "./lib/jobs/list";

export default {
  render({ model, el }: Host): Dispose {
    const list = new JobList(model, el);
    return () => list.dispose();
  },
};
