import { breather } from '../../host.ts';
import { type EntryFacts, entryFacts } from '../../inspect/entry-facts.ts';
import { formatListing, listings } from '../../inspect/listing.ts';
import { lookUp } from '../../inspect/lookup.ts';
import type { CommandResult, Context } from '../command.ts';
import { type LookOptions, treeOf, withImage } from '../image-options.ts';

export interface LsCommandOptions extends LookOptions {
  readonly long?: boolean;
  readonly recursive?: boolean;
}

/** Lists a path of an image; a link is listed itself with `-l`, else what it leads to, as ls(1) does. */
export async function lsCommand(
  path: string,
  name: string | undefined,
  options: LsCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const { long = false, recursive = false } = options;
  return await withImage(path, options, host, async (image) => {
    const tree = await treeOf(image, options);
    const start = lookUp(tree, name ?? '/', path, !long);
    const pause = breather(host);
    if (!options.json) {
      const text = await formatListing(tree, start, { long, recursive }, pause);
      return { text, brief: text, json: {} };
    }
    const entries: ({ path: string } & EntryFacts)[] = [];
    for (const { items } of listings(start, recursive)) {
      for (const { path, entry } of items) {
        entries.push({ path, ...entryFacts(entry) });
        const paused = pause();
        if (paused) await paused;
      }
    }
    return { text: '', brief: '', json: { path: start.path, entries } };
  });
}
