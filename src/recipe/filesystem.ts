import type { FileSystemChoices } from '../ext4/format-options.ts';
import { codeDocument } from './document.ts';
import { recipeError } from './faults.ts';
import { applyOverrides, parseOverride } from './overrides.ts';

/**
 * The choices of a file system, from `key=value` as `--set` takes them: the keys of `bake.filesystem`.
 *
 * @throws RB_ARGUMENT, RB_RECIPE_UNKNOWN_KEY, RB_RECIPE_INVALID
 */
export async function parseFileSystem(set: readonly string[]): Promise<FileSystemChoices> {
  const overrides = await Promise.all(set.map(parseOverride));
  const { filesystem: schema } = await import('./filesystem-schema.ts');
  const data = applyOverrides({}, overrides);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const document = codeDocument(data, { name: 'mkfs', folder: '.' });
  throw recipeError(result.error.issues, { document, overrides, data, schema, baseHint: '' });
}
