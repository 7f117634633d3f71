// Bundles each widget into one unminified ES module that the Python package ships.
// With --tests it bundles the unit tests for node's own runner instead.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv.find((word) => word.startsWith("--out="))?.slice("--out=".length);
const statics = output ?? join(here, "../workbench/widgets/static");

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  absWorkingDir: here,
  logLevel: "warning",
};

if (process.argv.includes("--tests")) {
  await rm(join(here, ".test"), { recursive: true, force: true });
  const names = (await readdir(join(here, "test"))).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    platform: "node",
    entryPoints: names.map((name) => `test/${name}`),
    outdir: ".test",
    outExtension: { ".js": ".mjs" },
  });
} else {
  await build({
    ...shared,
    entryPoints: ["circuit_canvas", "tree_explorer", "evidence_panel", "job_list"].map(
      (name) => `src/${name}.ts`,
    ),
    outdir: statics,
  });
  const sheets = ["widgets.css", "evidence.css", "jobs.css"].map((name) => readFile(join(here, "src", name)));
  await writeFile(join(statics, "widgets.css"), Buffer.concat(await Promise.all(sheets)));
}
