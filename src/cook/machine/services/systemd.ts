import { didYouMean } from '../../../suggest.ts';
import type { MachineRoot } from '../machine-root.ts';
import { unfit } from '../unfit.ts';
import { expandSpecifiers, type InstallSection, parseInstall, parseUnitName } from './unit-file.ts';

/** Where the administrator's units and all links are. */
const CONFIG = '/etc/systemd/system';

/** Where units are, in their order: systemd.unit(5). */
const UNIT_FOLDERS = [
  CONFIG,
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

const TYPES = [
  '.service',
  '.socket',
  '.timer',
  '.path',
  '.mount',
  '.target',
  '.slice',
  '.swap',
  '.automount',
];

/** What a unit links to that must never start. */
const MASK = '/dev/null';

const MAXIMUM_ALIASES = 8;

const DEPENDENCIES = { wantedBy: '.wants', requiredBy: '.requires', upheldBy: '.upholds' } as const;

/** A unit of the root. */
export interface Unit {
  /** Its own: a link in a folder of units is another name. */
  readonly name: string;
  /** Of an instance that of its template. */
  readonly file: string;
}

export function findUnit(root: MachineRoot, name: string): Unit | undefined {
  let wanted = name;
  for (let links = 0; links < MAXIMUM_ALIASES; links += 1) {
    const file = findFile(root, wanted);
    const entry = file === undefined ? undefined : root.tree.get(root.place(file));
    const target = entry?.type === 'symlink' ? nameOf(entry.target) : nameOf(file ?? '');
    if (file === undefined || target === 'null' || target === nameOf(file))
      return file === undefined ? undefined : { name: wanted, file };
    const { prefix, instance, type } = parseUnitName(target);
    wanted = instance === '' ? `${prefix}@${parseUnitName(wanted).instance}${type}` : target;
  }
  return undefined;
}

function findFile(root: MachineRoot, name: string): string | undefined {
  const { prefix, instance, type } = parseUnitName(name);
  const files = instance ? [name, `${prefix}@${type}`] : [name];
  return files
    .flatMap((file) => UNIT_FOLDERS.map((folder) => `${folder}/${file}`))
    .find((path) => root.tree.get(root.place(path)));
}

/**
 * As `systemctl --root enable`: makes the links that [Install] asks for, of the unit and of those that go with it.
 *
 * @param place in the recipe
 */
export function enableUnit(root: MachineRoot, name: string, place: string): void {
  const asked = askedUnit(root, withType(name), place);
  if (isEmpty(readInstall(root, asked))) {
    const hint = 'other units start it when they need it: leave it out';
    throw unfit(place, `${asked.name} has no section [Install], so that it cannot be enabled`, hint);
  }
  for (const unit of withThoseAlong(root, asked)) linkUnit(root, unit, readInstall(root, unit), place);
}

/** As `systemctl --root disable`: removes the links to a unit, and to those that go with it. */
export function disableUnit(root: MachineRoot, name: string, place: string): void {
  const units = withThoseAlong(root, askedUnit(root, withType(name), place));
  const config = root.tree.resolve(CONFIG)?.path;
  if (config === undefined) return;
  for (const { path, name: link, entry } of [...root.tree.walk(config)]) {
    if (entry.type !== 'symlink' || entry.target === MASK) continue;
    const target = nameOf(entry.target);
    const isMeant = units.some(({ name: unit }) => link === unit || (target === unit && isFileName(unit)));
    if (isMeant) root.tree.delete(path);
  }
}

/** The names of units that have a file of their own, as an instance has not. */
function isFileName(unit: string): boolean {
  return !parseUnitName(unit).instance;
}

/** A unit and what its `Also=` names, and so on. */
function withThoseAlong(root: MachineRoot, unit: Unit): Unit[] {
  const units = [unit];
  for (const { name, file } of units) {
    for (const other of readInstall(root, { name, file }).also) {
      const found = findUnit(root, expandSpecifiers(other, parseUnitName(name)));
      if (found && !units.some((known) => known.name === found.name)) units.push(found);
    }
  }
  return units;
}

/** An empty file has systemd make up an id at the first boot; without one it would ask for what it does not know. */
export function giveMachineId(root: MachineRoot): void {
  if (!root.has('/etc/machine-id')) root.write('/etc/machine-id', '', { mode: 0o444 });
}

function linkUnit(root: MachineRoot, unit: Unit, install: InstallSection, place: string): void {
  const { prefix, instance, type } = parseUnitName(unit.name);
  const isTemplate = instance === '';
  const wanted =
    isTemplate && install.defaultInstance ? `${prefix}@${install.defaultInstance}${type}` : unit.name;
  const name = parseUnitName(wanted);
  for (const alias of install.alias) root.link(`${CONFIG}/${expandSpecifiers(alias, name)}`, unit.file);
  for (const [key, suffix] of Object.entries(DEPENDENCIES)) {
    for (const target of install[key as keyof typeof DEPENDENCIES]) {
      if (isTemplate && !install.defaultInstance)
        throw unfit(place, `${unit.name} is a template`, `say for what: ${prefix}@NAME${type}`);
      root.link(`${CONFIG}/${expandSpecifiers(target, name)}${suffix}/${wanted}`, unit.file);
    }
  }
}

function readInstall(root: MachineRoot, { file }: Unit): InstallSection {
  const name = nameOf(file);
  const dropIns = UNIT_FOLDERS.toReversed().flatMap((folder) =>
    root
      .list(`${folder}/${name}.d`)
      .filter((other) => other.endsWith('.conf'))
      .map((other) => `${folder}/${name}.d/${other}`),
  );
  return parseInstall([file, ...dropIns].map((path) => root.read(path) ?? ''));
}

function askedUnit(root: MachineRoot, name: string, place: string): Unit {
  const unit = findUnit(root, name);
  if (!unit) throw unknown(root, name, place);
  const entry = root.tree.get(root.place(unit.file));
  if (entry?.type === 'symlink' && entry.target === MASK)
    throw unfit(place, `${name} is masked by ${unit.file}`, `remove the link, or leave ${name} out`);
  return unit;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function withType(name: string): string {
  return TYPES.some((type) => name.endsWith(type)) ? name : `${name}.service`;
}

function isEmpty({ wantedBy, requiredBy, upheldBy, alias, also }: InstallSection): boolean {
  return [wantedBy, requiredBy, upheldBy, alias, also].every((list) => list.length === 0);
}

function unknown(root: MachineRoot, unit: string, place: string): Error {
  const units = UNIT_FOLDERS.flatMap((folder) => root.list(folder)).filter((name) =>
    TYPES.some((type) => name.endsWith(type)),
  );
  const names = units.map((name) => name.replace(/\.service$/, ''));
  const word = unit.replace(/\.service$/, '');
  const sysv = root.has(`/etc/init.d/${word}`)
    ? `it has only a script of sysvinit, /etc/init.d/${word}: write a unit under machine.files`
    : undefined;
  return unfit(place, `the root has no unit ${JSON.stringify(unit)}`, didYouMean(word, names) ?? sysv);
}
