import { grubCommands } from './commands.ts';
import { Interpreter } from './interpreter.ts';
import type { GrubMachine } from './machine.ts';
import { parseGrubScript } from './parser.ts';
import { type GrubPlace, placeOf } from './place.ts';
import type { GrubBoot, GrubItem, GrubState } from './state.ts';
import { isKnown, join, known, type Value } from './value.ts';

/** A file that an entry names. */
export interface GrubFile {
  /** As written. */
  readonly written: string;
  /** Absent when its device is not known, or not read. */
  readonly place?: GrubPlace;
}

/** An entry of the menu, or of a menu in it. */
export interface GrubEntry {
  /** Titles of the submenus around it, and its own. */
  readonly titles: readonly string[];
  readonly id: string;
  /** Absent for what boots no Linux. */
  readonly kernel?: GrubFile;
  readonly initrds: readonly GrubFile[];
  /** The kernel's command line, without the `BOOT_IMAGE=` that GRUB puts in front. */
  readonly options: string;
  /** The command that boots another thing than Linux. */
  readonly other?: string;
  /** What is not known of it, and why. */
  readonly problems: readonly string[];
}

/** What a configuration of GRUB offers. */
export interface GrubMenu {
  readonly entries: readonly GrubEntry[];
  /** Index of the entry that is booted when nobody chooses; absent when that is not known. */
  readonly default?: number;
  readonly problems: readonly string[];
}

/** Menus in menus beyond this are none that a person or a tool makes. */
const MAXIMUM_MENUS = 6;
const MAXIMUM_ENTRIES = 512;
const MAXIMUM_ITEMS = 1024;

interface Leaf {
  readonly entry: GrubEntry;
  /** Items that lead to it, from the menu on. */
  readonly path: readonly GrubItem[];
}

/**
 * Follows a `grub.cfg` to the menu that it makes, and each entry to what it boots. What depends on more than the disks
 * tell is left out and told in `problems`: nothing is guessed. It ends on any input, and throws nothing.
 *
 * @param text the script, of at most a mebibyte
 */
export function readGrubMenu(text: string, machine: GrubMachine): GrubMenu {
  const { statements, problem } = parseGrubScript(text);
  const interpreter = new Interpreter(machine, grubCommands());
  const state = interpreter.run(statements);
  if (problem !== undefined) interpreter.unsure(`${problem}; what is below is not followed`);
  const { doubt } = interpreter;
  const menu = state.menu;
  const leaves: Leaf[] = [];
  const submenus: Submenus = new Map();
  addLeaves({ interpreter, leaves, submenus, items: 0 }, menu, state, []);
  const chosen = choose({ items: menu, doubt }, state.variables.get('default') ?? known(''), submenus);
  const index = leaves.findIndex(({ path }) => path.at(-1) === chosen.item);
  if (chosen.why !== undefined) interpreter.tell(chosen.why);
  return {
    entries: leaves.map(({ entry }) => entry),
    ...(index >= 0 && { default: index }),
    problems: interpreter.problems,
  };
}

/** A menu, and why it may be another. */
interface Menu {
  readonly items: readonly GrubItem[];
  readonly doubt: string | undefined;
}

type Submenus = Map<GrubItem, Menu>;

interface Walk {
  readonly interpreter: Interpreter;
  readonly leaves: Leaf[];
  readonly submenus: Submenus;
  items: number;
}

function addLeaves(
  walk: Walk,
  menu: readonly GrubItem[],
  state: GrubState,
  above: readonly GrubItem[],
): void {
  const { interpreter, leaves, submenus } = walk;
  for (const item of menu) {
    const path = [...above, item];
    walk.items += 1;
    const isTooMuch = leaves.length >= MAXIMUM_ENTRIES || walk.items > MAXIMUM_ITEMS;
    if (isTooMuch || path.length > MAXIMUM_MENUS) {
      interpreter.tell('not all of the entries are told');
      return;
    }
    const inner = item.kind === 'submenu' ? state.inner() : state.branch();
    inner.set('chosen', join(path.map(idInPath), '>'));
    inner.exported.add('chosen');
    const end = interpreter.run(item.body, inner, item.args);
    if (item.kind === 'submenu') {
      submenus.set(item, { items: end.menu, doubt: interpreter.doubt });
      addLeaves(walk, end.menu, end, path);
    } else leaves.push({ entry: entryOf(path, end.boot, interpreter), path });
  }
}

function idInPath({ id }: GrubItem): Value {
  return { text: id.text.replaceAll('>', '>>'), unknown: id.unknown };
}

function entryOf(
  path: readonly GrubItem[],
  boot: GrubBoot | undefined,
  { machine, doubt }: Interpreter,
): GrubEntry {
  const { kernel, options = known(''), initrds = [], root = known(''), other } = boot ?? {};
  const titles = path.map(({ title }) => title);
  const files = [...(kernel ? [kernel] : []), ...initrds];
  const fileOf = (value: Value): GrubFile => {
    const place = placeOf(machine, value, root);
    return { written: value.text, ...(place && { place }) };
  };
  const hasPath = files.some(({ text }) => !text.startsWith('('));
  const problems = [...titles, ...files, options, ...(hasPath ? [root] : [])].flatMap(
    ({ unknown }) => unknown,
  );
  const away = files
    .filter(
      (value) =>
        isKnown(value) && (value.text.startsWith('(') || isKnown(root)) && !placeOf(machine, value, root),
    )
    .map(
      ({ text }) =>
        `${text}${text.startsWith('(') ? '' : ` on (${root.text})`}: not on a file system that is read here`,
    );
  return {
    titles: titles.map(({ text }) => text),
    id: path.at(-1)!.id.text,
    ...(kernel && kernel.text !== '' && { kernel: fileOf(kernel) }),
    initrds: initrds.map(fileOf),
    options: options.text,
    ...(other !== undefined && { other }),
    problems: [
      ...new Set([
        ...path.flatMap(({ conditions }) => conditions),
        ...(doubt === undefined ? [] : [doubt]),
        ...problems,
        ...away,
      ]),
    ],
  };
}

/** The entry that the variable `default` means: `2`, `title`, `id`, `submenu>entry` (grub-core/normal/menu.c). */
function choose(
  { items: menu, doubt }: Menu,
  wanted: Value,
  submenus: Submenus,
): { item?: GrubItem; why?: string } {
  if (menu.length === 0) return {};
  if (doubt !== undefined) return { why: `the default entry is not known: ${doubt}` };
  if (!isKnown(wanted)) return { why: `the default entry is not known: ${wanted.unknown.join(', ')}` };
  const [spec = '', ...rest] = wanted.text.split(/(?<!>)>(?!>)/);
  const name = spec.replaceAll('>>', '>');
  const named = menu.findIndex(({ title, id }) => title.text === name || id.text === name);
  const number = /^\s*\d+/.exec(spec)?.[0];
  const isNamed = named >= 0 && !/^\d+$/.test(spec);
  const index = isNamed ? named : Number(number ?? 0);
  const doubtful = menu.slice(isNamed ? index : 0, index + 1).find(({ conditions }) => conditions.length > 0);
  if (doubtful) return { why: `the default entry is not known: ${doubtful.conditions[0]}` };
  const item = menu[index] ?? menu[0]!;
  if (item.kind === 'entry') return { item };
  if (rest.length === 0)
    return { why: `the default is the menu “${item.title.text}”, which waits for a choice` };
  const inner = submenus.get(item) ?? { items: [], doubt: undefined };
  return choose(inner, known(rest.join('>')), submenus);
}
