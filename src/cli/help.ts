import { type Command, Help } from 'commander';
import { unknownCommand } from './usage-error.ts';

/** Command lines without the program's name, by the command whose help shows them. */
const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** A command line without the program's name, and what it does where that is not plain. */
export type Example = string | readonly [line: string, does: string];

/** Gives a command the examples that its help begins with. */
export function withExamples(command: Command, ...examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  return command;
}

/** Examples before all else: they answer most of what help is asked for. */
export function formatHelp(command: Command, helper: Help): string {
  const lines = (EXAMPLES.get(command) ?? []).map((example) =>
    typeof example === 'string' ? ([example, ''] as const) : example,
  );
  const width = Math.max(0, ...lines.filter(([, does]) => does !== '').map(([line]) => line.length));
  const examples = lines.map(([line, does]) =>
    `  $ rootless-bake ${does === '' ? line : line.padEnd(width)}  ${does}`.trimEnd(),
  );
  const words = helper.boxWrap(helper.commandDescription(command), helper.helpWidth ?? 80);
  return [
    words,
    '',
    ...(examples.length > 0 ? ['Examples:', ...examples, ''] : []),
    referenceOf(command, helper),
  ].join('\n');
}

/** What commander itself writes: usage, arguments, options, commands. */
function referenceOf(command: Command, helper: Help): string {
  const bare = Object.assign(new Help(), helper, { commandDescription: () => '' });
  return Help.prototype.formatHelp.call(bare, command, bare);
}

/** Adds `help`, which also takes the name of a command's part: `help cache prune`. */
export function addHelp(program: Command): void {
  program
    .command('help')
    .summary('print help for a command')
    .description('Prints help for a command.')
    .argument('[command...]', 'its name')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const found = command.commands.find((part) => part.name() === name);
        if (!found) throw unknownCommand(name, command);
        command = found;
      }
      command.outputHelp();
    });
}

/** For who calls the program without anything. */
export function shortHelp(version: string): string {
  return `rootless-bake ${version} builds bootable Linux disk images, without root.

  $ rootless-bake init my-machine        write a recipe to begin with, into a folder
  $ rootless-bake bake ./my-machine      bake it, to my-machine.img
  $ rootless-bake boot my-machine.img    boot it in QEMU, console in this terminal
  $ rootless-bake help                   all commands; help COMMAND: one of them
`;
}
