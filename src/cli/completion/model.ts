/** What a shell can complete, taken from the definitions of the commands. */
import type { Command, Option } from 'commander';
import { builtInCakes } from '../../recipe/load.ts';

/** What a word stands for: one of a few, a file or folder, a folder, or what no shell can guess. */
export type WordKind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** A recipe, its folder, or the name of one that is built in. */
  | { readonly kind: 'recipe'; readonly words: readonly string[] }
  | { readonly kind: 'path' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'unknown' };

export interface OptionModel {
  /** `-o` and `--output`: those that it has. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent for a flag. */
  readonly value?: WordKind;
}

export interface CommandModel {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionModel[];
  readonly words: readonly WordKind[];
  /** Whether the last word may be repeated. */
  readonly isVariadic: boolean;
  readonly parts: readonly CommandModel[];
}

/** The program with all its commands; `help` completes their names. */
export function completionModel(program: Command): CommandModel {
  const model = commandModel(program, builtInCakes());
  const words = model.parts.map(({ name }) => name);
  const parts = model.parts.map((part) =>
    part.name === 'help' ? { ...part, words: [{ kind: 'words', words }] as const } : part,
  );
  return { ...model, parts };
}

function commandModel(command: Command, cakes: readonly string[]): CommandModel {
  const visible = command.createHelp();
  return {
    name: command.name(),
    description: oneLine(command.summary() || command.description()),
    options: visible.visibleOptions(command).map(optionModel),
    words: command.registeredArguments.map((argument) =>
      argument.argChoices ? { kind: 'words', words: argument.argChoices } : wordKind(argument.name(), cakes),
    ),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
    parts: command.commands.map((part) => commandModel(part, cakes)),
  };
}

function optionModel(option: Option): OptionModel {
  const { short, long, description, argChoices, required, optional, flags } = option;
  const [, valueName = ''] = /[<[]([^.>\]]+)/.exec(flags) ?? [];
  const value: WordKind = argChoices
    ? { kind: 'words', words: argChoices }
    : valueName === 'path'
      ? { kind: 'path' }
      : wordKind(valueName, []);
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description: oneLine(description),
    ...((required || optional) && { value }),
  };
}

/** By the name that an argument or a value has in the help. */
function wordKind(name: string, cakes: readonly string[]): WordKind {
  switch (name) {
    case 'recipe':
      return { kind: 'recipe', words: cakes };
    case 'source':
    case 'image':
    case 'before':
    case 'after':
      return { kind: 'path' };
    case 'folder':
      return { kind: 'folder' };
    default:
      return { kind: 'unknown' };
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** All commands that a line can name, by their path: `cache prune`; the program itself is the empty one. */
export function allCommands(model: CommandModel): [path: string, command: CommandModel][] {
  const below = (prefix: string, { parts }: CommandModel): [string, CommandModel][] =>
    parts.flatMap((part) => {
      const path = prefix === '' ? part.name : `${prefix} ${part.name}`;
      return [[path, part] as [string, CommandModel], ...below(path, part)];
    });
  return [['', model], ...below('', model)];
}
