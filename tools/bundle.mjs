// Bundle each widget's entry into moselle_nb/widgets/static/<entry>.js and <entry>.css.
// A stylesheet is written even when an entry imports none, so that `_css` always names a file.
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRIES = ["plan_type_chooser", "config_form", "plan_grid", "orders_view", "inventory_chart", "planner"];

const widgets = join(dirname(fileURLToPath(import.meta.url)), "..", "moselle_nb", "widgets");
const source = join(widgets, "js");
const target = join(widgets, "static");
const present = ENTRIES.filter((name) => existsSync(join(source, `${name}.js`)));

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
if (present.length > 0) {
  await build({
    entryPoints: present.map((name) => join(source, `${name}.js`)),
    outdir: target,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "inline",
    loader: { ".svg": "dataurl", ".png": "dataurl", ".gif": "dataurl", ".woff": "dataurl", ".woff2": "dataurl" },
    logLevel: "warning",
  });
}
for (const name of present) {
  const sheet = join(target, `${name}.css`);
  if (!existsSync(sheet)) {
    await writeFile(sheet, "");
  }
}
console.log(`Bundled: ${present.join(", ") || "nothing yet"}`);
