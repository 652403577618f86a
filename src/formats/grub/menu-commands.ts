import { type BlsEntry, bootEntryText, parseBlsEntry, sortBlsByName } from '../bls/index.ts';
import { type GrubCommand, type GrubRun, knownText } from './interpreter.ts';
import { parseOptions } from './options.ts';
import { parseGrubScript, type Statement } from './parser.ts';
import { locate } from './place.ts';
import type { GrubItem } from './state.ts';
import { commandLine, join, known, type Value } from './value.ts';

/** Entries beyond this are none that a menu has. */
const MAXIMUM_ITEMS = 256;
const ENTRY_OPTIONS = {
  class: 'always',
  users: 'always',
  hotkey: 'always',
  id: 'always',
  source: 'always',
  function: 'always',
} as const;
const LINUX = ['linux', 'linux16', 'linuxefi'];
const INITRD = ['initrd', 'initrd16', 'initrdefi'];
/** What is booted instead of Linux, or what Linux is loaded by. */
const OTHERS = [
  ...['chainloader', 'appleloader', 'fwsetup', 'halt', 'reboot', 'exit', 'multiboot', 'multiboot2', 'ntldr'],
  ...['xen_hypervisor', 'freedos', 'kfreebsd', 'knetbsd', 'kopenbsd', 'linux_legacy', 'uki', 'legacy_kernel'],
];
/** Parts of what is booted that are not told. */
const QUIET = ['boot', 'module', 'module2', 'xen_module', 'devicetree', 'initrd_legacy', 'efi-watchdog'];

/** The commands that make a menu, and those that load what its entries boot. */
export function menuCommands(): [string, GrubCommand][] {
  return [
    ['menuentry', (run, args, block) => addItem(run, 'entry', args, block)],
    ['submenu', (run, args, block) => addItem(run, 'submenu', args, block)],
    ['hiddenentry', () => true],
    ['configfile', configFile],
    ['blscfg', importBls],
    ['bls_import', importBls],
    ...LINUX.map((name): [string, GrubCommand] => [name, linux]),
    ...INITRD.map((name): [string, GrubCommand] => [name, initrd]),
    ...OTHERS.map((name): [string, GrubCommand] => [name, (run, args) => boots(run, name, args)]),
    ...QUIET.map((name): [string, GrubCommand] => [name, () => true]),
  ];
}

function addItem(
  run: GrubRun,
  kind: GrubItem['kind'],
  args: readonly Value[],
  block: readonly Statement[] | undefined,
): boolean {
  const { options, words } = parseOptions(args, ENTRY_OPTIONS);
  const [title = known('')] = words;
  add(run, { kind, title, id: options.get('id') ?? title, args: words, body: block ?? [], conditions: [] });
  return true;
}

function add(run: GrubRun, item: GrubItem): void {
  if (run.state.menu.length < MAXIMUM_ITEMS) run.state.menu = [...run.state.menu, item];
  else run.tell(`entries after the first ${MAXIMUM_ITEMS} are not told`);
}

/** Its menu takes the place of the one that the script has made so far. */
function configFile(run: GrubRun, [file]: readonly Value[]): boolean | undefined {
  const place = file && locate(run, file);
  const text = place && run.machine.read(place.device, place.path);
  if (text === undefined) {
    run.tell(
      `configfile ${file?.text ?? ''}: ${place ? 'not there' : 'not on a file system that is read here'}`,
    );
    return place ? false : undefined;
  }
  const outer = run.state;
  run.state = outer.inner();
  run.source(text, place!.path);
  if (run.state.menu.length === 0) {
    run.state = outer;
    return true;
  }
  run.end();
  return true;
}

function linux(run: GrubRun, [kernel, ...words]: readonly Value[]): boolean {
  if (!kernel) return false;
  const root = run.value('root');
  run.state.boot = { kernel, options: commandLine(words), initrds: [], root };
  return true;
}

function initrd(run: GrubRun, files: readonly Value[]): boolean {
  if (!run.state.boot) return false;
  // newc:NAME:PATH puts a file into the initramfs under a name.
  const initrds = files.map(({ text, unknown }) => ({ text: text.replace(/^newc:[^:]*:/, ''), unknown }));
  run.state.boot = { ...run.state.boot, initrds };
  return true;
}

function boots(run: GrubRun, name: string, args: readonly Value[]): boolean | undefined {
  // A question of Debian's scripts to the firmware.
  if (name === 'fwsetup' && args[0]?.text === '--is-supported') return undefined;
  const other = join([known(name), ...args], ' ').text;
  run.state.boot = { options: known(''), initrds: [], root: run.value('root'), other };
  return true;
}

/** Red Hat's command: entries of the Boot Loader Specification, the newest first by their names. */
function importBls(run: GrubRun): boolean | undefined {
  const boot = run.value('boot');
  const device = boot.text === '' ? run.machine.device : run.machine.resolve(knownText(boot) ?? '');
  if (device === undefined) {
    run.tell('blscfg: its entries are not on a file system that is read here');
    return undefined;
  }
  const asked = knownText(run.value('blsdir'));
  const folders = [...(asked ? [asked] : []), '/loader/entries', '/boot/loader/entries'];
  const folder = folders.find((name) => run.machine.list(device, name).length > 0);
  if (folder === undefined) {
    run.tell('blscfg: no entries are there');
    return false;
  }
  const names = run.machine.list(device, folder);
  if (!run.charge(names.length)) return undefined;
  const entries: BlsEntry[] = [];
  for (const name of names.filter((item) => item.endsWith('.conf')).slice(0, MAXIMUM_ITEMS)) {
    const text = run.machine.read(device, `${folder}/${name}`) ?? '';
    if (!run.charge(text.length)) return undefined;
    entries.push(parseBlsEntry(text, name));
  }
  const fallback = run.state.variables.get('default_kernelopts')?.text ?? '';
  for (const entry of sortBlsByName(entries)) {
    const { statements, problem } = parseGrubScript(bootEntryText(entry, fallback));
    if (problem !== undefined) run.tell(`${folder}/${entry.id}.conf: ${problem}`);
    const title = known(entry.title ?? entry.id);
    add(run, { kind: 'entry', title, id: known(entry.id), args: [title], body: statements, conditions: [] });
  }
  return true;
}
