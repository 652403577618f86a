import type { Command } from 'commander';
import { withExamples } from '../help.ts';
import { collect, describe, type Perform, storing } from './shared.ts';

/** Adds the commands that look after this machine. */
export function addSetupCommands(program: Command, perform: Perform): void {
  addCache(program, perform);
  addSchema(program, perform);
}

function addSchema(program: Command, perform: Perform): void {
  withExamples(
    describe(
      program,
      'schema',
      'print the JSON Schema of recipes',
      'Prints the JSON Schema of recipes, for editors.',
    ).action((options) =>
      perform(options, async () => (await import('../commands/schema.ts')).schemaCommand()),
    ),
    'schema > cake.schema.json',
  );
}

function addCache(program: Command, perform: Perform): void {
  const cache = describe(
    program,
    'cache',
    'list, prune or verify the store',
    'Looks after the store of downloads, cooked trees and finished images.',
  );
  withExamples(cache, 'cache ls', 'cache prune --older-than 30d --keep 10G', 'cache verify');
  const part = (name: string, summary: string, isDefault = false): Command =>
    storing(cache.command(name, { isDefault }).summary(summary).description(`${summary}.`));
  withExamples(
    part('ls', 'List what the store holds, the largest first', true).action((options) =>
      perform(options, async (context) =>
        (await import('../commands/cache.ts')).listCommand(options, context),
      ),
    ),
    'cache ls',
    'cache ls --json',
  );
  withExamples(
    part('prune', 'Remove what was not used for long; what was used within the last hour stays')
      .option('--older-than <time>', 'such as 12h or 30d (default: 30d)')
      .option('--keep <size>', 'remove the least recently used until the rest is at most this')
      .option('--kind <kind>', 'only download, tree, image …; may be repeated', collect)
      .option('--all', 'whatever its age')
      .option('--dry-run', 'only tell what would be removed')
      .action((options) =>
        perform(options, async (context) =>
          (await import('../commands/cache.ts')).pruneCommand(options, context),
        ),
      ),
    'cache prune --dry-run',
    'cache prune --older-than 7d --keep 10G',
  );
  withExamples(
    part('verify', 'Read every blob and remove those that are damaged').action((options) =>
      perform(options, async (context) =>
        (await import('../commands/cache.ts')).verifyCommand(options, context),
      ),
    ),
    'cache verify',
  );
}
