/**
 * Puts zod and yaml into dist/vendor, each as one module with its licence beside it, in the place of what tsc made of
 * src/vendor. As packages they are 160 modules to load before a recipe can be checked, and half of an installation.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const name of ['yaml', 'zod']) {
  const { output } = await build({
    input: join(root, `src/vendor/${name}.ts`),
    platform: 'node',
    write: false,
    // Not minified, so that stacks can be read: it would save a millisecond.
    output: { format: 'esm', comments: false },
  });
  if (output.length !== 1) throw new Error(`${name} comes in ${output.length} parts`);
  const vendor = join(root, 'dist/vendor', name);
  put(`${vendor}.js`, output[0].code);
  put(`${vendor}.LICENSE`, readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8'));
}

/** A file that is as it should be keeps its time: it tells checkouts apart, and so what was baked by them. */
function put(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
