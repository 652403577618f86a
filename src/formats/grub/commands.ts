import { parseEnvironmentBlock } from './environment-block.ts';
import { type GrubCommand, type GrubRun, knownText } from './interpreter.ts';
import type { SearchBy } from './machine.ts';
import { menuCommands } from './menu-commands.ts';
import { parseOptions } from './options.ts';
import { locate } from './place.ts';
import { evaluateTest } from './test-command.ts';
import { known, unknownValue, type Value } from './value.ts';

/** Those that change nothing of what is booted: screen, keyboard, modules, waiting. Nobody presses a key. */
const WITHOUT_EFFECT = [
  ...['insmod', 'rmmod', 'echo', 'clear', 'sleep', 'terminal', 'terminal_input', 'terminal_output', 'play'],
  ...['background_image', 'background_color', 'serial', 'save_env', 'videoinfo', 'keymap', 'password'],
  ...['password_pbkdf2', 'normal', 'nativedisk', 'trust', 'true', ':', 'gptsync', 'cat', 'ls'],
];
/** Those whose outcome depends on the machine. The others change no variable but those that `--set` names. */
const UNKNOWN_OUTCOME = [
  ...['loadfont', 'cpuid', 'hwmatch', 'cmp', 'read', 'date', 'smbios', 'getenv', 'rdmsr', 'setpci', 'regexp'],
  ...[
    'probe',
    'cryptomount',
    'loopback',
    'usb_keyboard',
    'drivemap',
    'parttool',
    'videotest',
    'acpi',
    'lsefi',
  ],
  ...['tpm', 'bli', 'increment', 'decrement', 'eval', 'gpgverify', 'verify_detached'],
];
const FALSE = ['false', 'keystatus'];

const SEARCH_OPTIONS = {
  set: 'maybe',
  hint: 'always',
  ...Object.fromEntries(
    ['ieee1275', 'bios', 'baremetal', 'efi', 'arc'].map((name) => [`hint-${name}`, 'always' as const]),
  ),
} as const;
const SEARCH_LETTERS = { f: 'file', l: 'label', u: 'fs-uuid', s: 'set', n: 'no-floppy', h: 'hint' };

/** The commands of GRUB that are followed. */
export function grubCommands(): ReadonlyMap<string, GrubCommand> {
  const commands = new Map<string, GrubCommand>(menuCommands());
  for (const name of WITHOUT_EFFECT) commands.set(name, () => true);
  for (const name of FALSE) commands.set(name, () => false);
  for (const name of UNKNOWN_OUTCOME) commands.set(name, (run, args) => unknownOutcome(run, name, args));
  commands.set('set', set);
  commands.set('unset', unset);
  commands.set('export', exportNames);
  commands.set('test', test);
  commands.set('[', (run, args, block) => test(run, args.slice(0, -1), block));
  commands.set('load_env', loadEnvironment);
  commands.set('search', search);
  commands.set('search.fs_uuid', (run, args) => searchPlainly(run, 'fs-uuid', args));
  commands.set('search.fs_label', (run, args) => searchPlainly(run, 'label', args));
  commands.set('search.file', (run, args) => searchPlainly(run, 'file', args));
  for (const name of ['source', '.']) commands.set(name, source);
  return commands;
}

function unknownOutcome({ state }: GrubRun, name: string, args: readonly Value[]): undefined {
  const { options, words } = parseOptions(args, { set: 'maybe' }, { s: 'set' });
  const changed = [options.get('set')?.text.replace(/^\d+:/, '')];
  if (['read', 'increment', 'decrement', 'getenv'].includes(name)) changed.push(words.at(-1)?.text);
  if (name === 'hwmatch') changed.push('match');
  for (const variable of changed) {
    if (variable) state.set(variable, unknownValue(variable, `$${variable}: ${name} is not followed`));
  }
  return undefined;
}

function set({ state }: GrubRun, [argument]: readonly Value[]): boolean {
  const equals = argument?.text.indexOf('=') ?? -1;
  if (!argument || equals < 0) return argument === undefined;
  const value = argument.text.slice(equals + 1);
  const name = argument.text.slice(0, equals);
  const text = name === 'root' ? value.replace(/^\((.*)\)$/s, '$1') : value;
  state.set(name, { text, unknown: argument.unknown });
  return true;
}

function unset({ state }: GrubRun, args: readonly Value[]): boolean {
  for (const { text } of args) state.variables.delete(text);
  return true;
}

function exportNames({ state }: GrubRun, args: readonly Value[]): boolean {
  for (const { text } of args) state.exported.add(text.replace(/=.*/s, ''));
  return true;
}

function test(run: GrubRun, args: readonly Value[], _block?: unknown): boolean | undefined {
  return evaluateTest(args, (kind, path) => {
    const place = locate(run, known(path));
    if (!place) return undefined;
    const found = run.machine.lookUp(place.device, place.path);
    if (!found) return false;
    if (kind === 's') return found.type === 'file' && found.size > 0;
    return kind === 'e' || found.type === (kind === 'd' ? 'directory' : 'file');
  });
}

function loadEnvironment(run: GrubRun, args: readonly Value[]): boolean | undefined {
  const { options, words } = parseOptions(args, { file: 'always' }, { f: 'file', s: 'skip-sig' });
  const prefix = run.value('prefix');
  const file = options.get('file') ?? { text: `${prefix.text}/grubenv`, unknown: prefix.unknown };
  const place = locate(run, file);
  if (!place) {
    run.tell(`load_env ${file.text}: not on a file system that is read here`);
    return undefined;
  }
  const text = run.machine.read(place.device, place.path);
  if (text === undefined) return false;
  if (!run.charge(text.length)) return undefined;
  const wanted = new Set(words.map((word) => word.text));
  for (const [name, value] of parseEnvironmentBlock(text)) {
    if (wanted.size === 0 || wanted.has(name)) run.state.set(name, known(value));
  }
  return true;
}

function search(run: GrubRun, args: readonly Value[]): boolean | undefined {
  const { options, words } = parseOptions(args, SEARCH_OPTIONS, SEARCH_LETTERS);
  const by = (['fs-uuid', 'label', 'file'] as const).find((name) => options.has(name));
  const variable = options.get('set')?.text || 'root';
  return find(run, by ?? 'file', words[0], variable);
}

function searchPlainly(run: GrubRun, by: SearchBy, [name, variable]: readonly Value[]): boolean | undefined {
  return find(run, by, name, variable?.text ?? 'root');
}

function find(run: GrubRun, by: SearchBy, name: Value | undefined, variable: string): boolean | undefined {
  const text = knownText(name);
  const found = text === undefined ? undefined : run.machine.search(by, text);
  if (found && 'device' in found) {
    run.state.set(variable, known(found.device));
    return true;
  }
  const why = found?.why ?? `${name?.text ?? 'what'} is looked for`;
  run.state.set(variable, unknownValue(variable, `$${variable}: ${why}`));
  return undefined;
}

function source(run: GrubRun, [file]: readonly Value[]): boolean | undefined {
  const place = file && locate(run, file);
  const text = place && run.machine.read(place.device, place.path);
  if (text !== undefined) return run.source(text, place!.path);
  // A custom.cfg that is not there is the usual case: scripts ask for it first.
  run.tell(`source ${file?.text ?? ''}: ${place ? 'not there' : 'not on a file system that is read here'}`);
  return place ? false : undefined;
}
