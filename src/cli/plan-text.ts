import type { BakeOptions } from '../bake/options.ts';
import type {
  PlannedCake,
  PlannedFile,
  PlannedImage,
  PlannedInput,
  PlannedTool,
  PlannedTotal,
} from '../build/plan/planned.ts';
import { counted } from '../counted.ts';
import { formatSize } from '../recipe/size.ts';
import { shellCommand } from '../shell-words.ts';

type Row = readonly string[];

/** A plan as a table with totals at its end. */
export function planText(plan: PlannedCake, recipe: string): string {
  const { root, image, inputs, local, tools } = plan;
  return [
    ...section(`cook ${plan.name}: ${rootWords(plan)}`, stepRows(root)),
    ...(image ? section(`bake ${image.path}: ${imageWords(image)}`, bakeRows(image)) : []),
    ...section('inputs', inputs.map(inputRow)),
    ...section(
      'files of the recipe',
      local.map(({ place, path }) => [
        place,
        path ?? (place === 'machine' ? 'of the recipe itself' : 'a script'),
      ]),
    ),
    ...section('programs', tools.map(toolRow)),
    ...totalLines(plan, recipe),
  ].join('\n');
}

function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0 && !title.includes(':')) return [];
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: Row): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd();
  return [title, ...rows.map((row) => `  ${line(row)}`), ''];
}

function stepRows({ action, steps }: PlannedCake['root']): Row[] {
  return action === 'make' ? steps.map(({ step, what }) => [step, what]) : [];
}

function rootWords({ root }: PlannedCake): string {
  if (root.action === 'skip') return 'nothing, its finished image is kept';
  if (root.action === 'restore') return `nothing, the cooked root is kept (${root.sha256})`;
  return counted(root.steps.length, 'step');
}

function imageWords({ action, sha256, exists }: PlannedImage): string {
  const what = action === 'restore' ? `put the kept image there (${sha256})` : 'make the image';
  return exists ? `${what}; it exists, and needs --force` : what;
}

function bakeRows({ size, options }: PlannedImage): Row[] {
  const { kernel, bootloader, busybox, modules = [], headroom, uuid, label } = options;
  const words = options.options ?? [];
  const rows: [string, string | undefined][] = [
    ['size', size === 'auto' ? `auto, with headroom ${headroomWords(headroom)}` : formatSize(size)],
    ['kernel', sourceWords(kernel)],
    ['boot loader', bootloader && sourceWords(bootloader)],
    ['busybox', busybox ? sourceWords(busybox) : "the root's own, else Debian's busybox-static"],
    ['modules', modules.join(' ') || 'none'],
    ['options', words.join(' ') || 'none'],
    ['uuid', uuid],
    ['label', label],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function headroomWords(headroom: BakeOptions['headroom']): string {
  return typeof headroom === 'number' ? formatSize(headroom) : (headroom ?? '');
}

/** `deb linux-image-cloud-amd64`, or the paths. */
function sourceWords(source: object): string {
  const [[kind, value] = [], ...others] = Object.entries(source);
  if (kind === 'deb' || kind === 'apk') return `${kind} ${value}`;
  return [value, ...others.map(([, other]) => other)].join(', ');
}

function inputRow(input: PlannedInput): Row {
  const { kind, name, versions = {}, files, knownBy, from } = input;
  const [first, ...others] = Object.entries(versions);
  const version = first && others.length === 0 ? first.filter((word) => word !== name).join(' ') : '';
  const words = knownBy === undefined ? `${name} (${from})` : `${name} ${version}`.trimEnd();
  return [kind, ...filesWords(files), stateWords(input), words];
}

function filesWords(files: readonly PlannedFile[]): [count: string, size: string] {
  if (files.length === 0) return ['', ''];
  const sizes = files.map(({ size }) => size);
  const bytes = sizes.reduce<number>((sum, size = 0) => sum + size, 0);
  return [counted(files.length, 'file'), sizes.includes(undefined) ? '?' : formatSize(bytes)];
}

function stateWords({ files, knownBy, isSpare }: PlannedInput): string {
  if (knownBy === undefined) {
    if (isSpare) return 'only if the root has none';
    return files.length > 0 ? 'to be looked up again' : 'to be looked up';
  }
  const states = new Set(files.map(({ state }) => state));
  const part = (state: PlannedFile['state'], words: string): string[] => {
    if (!states.has(state)) return [];
    return [states.size === 1 ? words : `${files.filter((file) => file.state === state).length} ${words}`];
  };
  return [
    ...part('cached', 'cached'),
    ...part('fetch', 'to fetch'),
    ...part('local', 'on this machine'),
  ].join(', ');
}

function toolRow({ name, neededFor, isNeeded, path, otherwise }: PlannedTool): Row {
  const need = isNeeded === true ? 'needed' : isNeeded ? 'perhaps needed' : 'not needed now';
  return [name, need, neededFor, path ?? `not there: ${otherwise}`];
}

function totalLines({ totals, lock, image, inputs }: PlannedCake, recipe: string): string[] {
  const { fetch, cached, local, lookUps } = totals;
  const isKept = image?.action === 'restore';
  const sums = [
    `to fetch: ${totalWords(fetch)}`,
    `cached: ${totalWords(cached)}`,
    ...(local.files > 0 ? [`on this machine: ${totalWords(local)}`] : []),
    ...(lookUps > 0 ? [`to be looked up: ${counted(lookUps, 'input')}`] : []),
  ];
  const advice: string[] = [];
  if (isKept && fetch.files > 0) advice.push('nothing is fetched, for the finished image is kept');
  if (lookUps > 0 || (!lock.exists && inputs.some(({ kind }) => kind !== 'tar'))) {
    advice.push(`pin them all: ${shellCommand(['rootless-bake', 'lock', recipe])}`);
  }
  return [sums.join('; '), ...advice, ''];
}

function totalWords({ files, bytes, unknown }: PlannedTotal): string {
  if (files === 0) return 'nothing';
  if (unknown === files) return `${counted(files, 'file')} of unknown size`;
  const more = unknown > 0 ? ` and ${unknown} of unknown size` : '';
  return `${counted(files, 'file')}, ${formatSize(bytes)}${more}`;
}
