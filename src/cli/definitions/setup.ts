import { Argument, type Command } from 'commander';
import { DEFAULT_TEMPLATE, TEMPLATES } from '../../templates/templates.ts';
import { withExamples } from '../help.ts';
import { unknownCommand } from '../usage-error.ts';
import { choice, collect, describe, type Perform, storing } from './shared.ts';

/** Adds the commands that look after this machine. */
export function addSetupCommands(program: Command, perform: Perform): void {
  addDoctor(program, perform);
  addCache(program, perform);
  addSchema(program, perform);
  addExplain(program, perform);
  addCompletion(program, perform);
}

export function addInit(program: Command, perform: Perform): void {
  const templates = Object.keys(TEMPLATES);
  withExamples(
    describe(
      program,
      'init',
      'write a recipe to begin with',
      'Writes a recipe to begin with, and the files that it needs: all of them or none.',
    )
      .argument('[folder]', 'where to; made when it is missing', '.')
      .addOption(choice('--template <name>', `what to begin with (default: ${DEFAULT_TEMPLATE})`, templates))
      .option('--name <name>', "name of the recipe and its machine (default: the folder's)")
      .option('--list', 'only tell what templates there are')
      .option('--force', 'overwrite what is there')
      .action((folder, options) =>
        perform(options, async () => (await import('../commands/init.ts')).initCommand(folder, options)),
      ),
    ['init', 'into the current folder'],
    ['init my-machine --template alpine-machine', 'into a folder of that name'],
    'init --list',
  );
}

function addDoctor(program: Command, perform: Perform): void {
  withExamples(
    storing(
      describe(
        program,
        'doctor',
        'try what is needed of this machine',
        'Tries what is needed of this machine. The exit code is 1 only when something required does not work.',
      ),
    )
      .option('--offline', 'ask nothing of the network')
      .action((options) =>
        perform(options, async (context) =>
          (await import('../commands/doctor.ts')).doctorCommand(options, context),
        ),
      ),
    'doctor',
    'doctor --json | jq \'.checks[] | select(.status != "ok")\'',
  );
}

function addCompletion(program: Command, perform: Perform): void {
  withExamples(
    describe(
      program,
      'completion',
      'print a completion script for a shell',
      'Prints a script by which a shell completes commands, options, recipes and images.',
    )
      .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
      .action((shell, options) =>
        perform(options, async () =>
          (await import('../commands/completion.ts')).completionCommand(shell, program),
        ),
      ),
    'completion bash > ~/.local/share/bash-completion/completions/rootless-bake',
    ['completion zsh > ~/.zfunc/_rootless-bake', 'where ~/.zfunc is in fpath'],
    'completion fish > ~/.config/fish/completions/rootless-bake.fish',
  );
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

function addExplain(program: Command, perform: Perform): void {
  withExamples(
    describe(program, 'explain', 'tell what an error code means and what to do')
      .argument('[code]', 'such as RB_OFFLINE (default: lists them all)')
      .action((code, options) =>
        perform(options, async () => (await import('../commands/explain.ts')).explainCommand(code)),
      ),
    ['explain RB_DIGEST_MISMATCH', 'one of them'],
    ['explain', 'all codes, by exit code'],
  );
}

function addCache(program: Command, perform: Perform): void {
  const cache = describe(
    program,
    'cache',
    'list, prune or verify the store',
    'Looks after the store of downloads, cooked trees and finished images.',
  );
  cache.helpCommand('help [command]', 'print help for a command');
  withExamples(cache, 'cache ls', 'cache prune --older-than 30d --keep 10G', 'cache verify');
  const part = (name: string, summary: string, isDefault = false): Command =>
    storing(
      cache
        .command(name, { isDefault })
        .summary(summary)
        .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`),
    );
  withExamples(
    // What stands for no part of cache comes to its default.
    part('ls', 'list what the store holds, the largest first', true)
      .allowExcessArguments()
      .action((options, { args: [unknown] }: Command) => {
        if (unknown !== undefined) throw unknownCommand(unknown, cache);
        return perform(options, async (context) =>
          (await import('../commands/cache.ts')).listCommand(options, context),
        );
      }),
    'cache ls',
    'cache ls --json',
  );
  withExamples(
    part('prune', 'remove what was not used for long; what was used within the last hour stays')
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
    part('verify', 'read every blob and remove those that are damaged').action((options) =>
      perform(options, async (context) =>
        (await import('../commands/cache.ts')).verifyCommand(options, context),
      ),
    ),
    'cache verify',
  );
}
