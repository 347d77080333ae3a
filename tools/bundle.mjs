// Bundle each widget's entry into moselle_nb/widgets/static/<entry>.js and <entry>.css.
// A stylesheet is written even when an entry imports none, so that `_css` always names a file.
// The old bundle stays until the new one is whole: a kernel that starts meanwhile finds one or the other.
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRIES = ["plan_type_chooser", "config_form", "plan_grid", "allocation_grid", "messages_panel", "orders_view", "supplier_rules", "inventory_chart", "planner", "plan_comparison", "allocation_chart"];

const widgets = join(dirname(fileURLToPath(import.meta.url)), "..", "moselle_nb", "widgets");
const source = join(widgets, "js");
const target = join(widgets, "static");
const made = await mkdtemp(join(widgets, ".static-"));
const replaced = `${made}-replaced`;
const present = ENTRIES.filter((name) => existsSync(join(source, `${name}.js`)));

try {
  if (present.length > 0) {
    await build({
      entryPoints: present.map((name) => join(source, `${name}.js`)),
      outdir: made,
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
    const sheet = join(made, `${name}.css`);
    if (!existsSync(sheet)) {
      await writeFile(sheet, "");
    }
  }
  if (existsSync(target)) {
    await rename(target, replaced);
  }
  // mkdtemp makes a folder that only its owner reads.
  await chmod(made, 0o755);
  await rename(made, target);
  await rm(replaced, { recursive: true, force: true });
} finally {
  await rm(made, { recursive: true, force: true });
}
console.log(`Bundled: ${present.join(", ") || "nothing yet"}`);
