import { Command } from 'commander';
import { addBakingCommands } from './definitions/baking.ts';
import { addLookingCommands } from './definitions/looking.ts';
import { addInit, addSetupCommands } from './definitions/setup.ts';
import { common, GROUPS, type Perform } from './definitions/shared.ts';
import { addHelp, formatHelp, withExamples } from './help.ts';

/**
 * The commands and their options. Each command's code is loaded when it runs, so that help is quick.
 *
 * @param version of the package
 */
export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('rootless-bake')
    .description('Cooks Linux root file systems and bakes bootable disk images, without root.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ formatHelp })
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .exitOverride();
  withExamples(
    program,
    ['init my-machine', 'write a recipe to begin with, into a folder'],
    ['bake ./my-machine', 'bake it, to my-machine.img; bake hello: the built-in cake hello'],
    ['boot my-machine.img', 'boot it in QEMU, console in this terminal'],
    'bake cake.yaml -o alpine.img --force',
    ['cook cake.yaml -o rootfs.tar.gz', 'only the root file system'],
    ['shell cake.yaml -- apk info', 'a command in the cooked root'],
    ['inspect alpine.img', 'what an image is and holds'],
    ['boot alpine.img --expect login: --timeout 120', 'for CI'],
  );
  program.commandsGroup(GROUPS.bake);
  addInit(program, perform);
  addBakingCommands(program, perform);
  program.commandsGroup(GROUPS.look);
  addLookingCommands(program, perform);
  program.commandsGroup(GROUPS.setup);
  addSetupCommands(program, perform);
  leavesOf(program).forEach(common);
  addHelp(program);
  return program;
}

/** The commands that do something themselves. */
function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}
