import { resolve } from 'node:path';
import { counted } from '../../counted.ts';
import { ERROR_EXIT_CODES, RootlessBakeError } from '../../errors.ts';
import { Steps, stepProgress } from '../../events.ts';
import { formatSize, parseSize } from '../../recipe/size.ts';
import { Store } from '../../store/store.ts';
import { listStore, pruneStore, type StoredItem, verifyStore } from '../../store/upkeep.ts';
import type { CommandResult, CommonOptions, Context } from '../command.ts';
import { refuseUseless } from '../useless.ts';

export interface PruneCommandOptions extends CommonOptions {
  readonly olderThan?: string;
  readonly keep?: string;
  readonly kind?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** What goes when nothing else is asked for: what was not used for 30 days. */
const DEFAULT_AGE = '30d';

/** Milliseconds. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Lists what the store holds, the largest first. */
export function listCommand(_: CommonOptions, { host }: Context): CommandResult {
  const store = Store.of(host);
  const items = listStore(store);
  const total = items.reduce((sum, { allocated }) => sum + allocated, 0);
  return {
    text: `${table(items, Date.now())}${counted(items.length, 'blob')}, ${formatSize(total)} in ${resolve(store.directory)}\n`,
    brief: items.map(({ sha256 }) => `${sha256}\n`).join(''),
    json: { store: resolve(store.directory), allocated: total, blobs: items.map(toJson) },
  };
}

/** Removes what was not used for long, or as much as is asked for. */
export function pruneCommand(options: PruneCommandOptions, { host }: Context): CommandResult {
  const { keep, kind: kinds, all = false, dryRun = false } = options;
  if (all) {
    const hint = 'leave --all out, or what is beside it';
    refuseUseless(options, ['--older-than', '--keep'], '--all takes everything', hint);
  }
  const isOpen = keep === undefined && !all;
  const age = options.olderThan ?? (isOpen && kinds === undefined ? DEFAULT_AGE : undefined);
  const { removed, freed, kept } = pruneStore(Store.of(host), {
    olderThan: all ? 0 : age === undefined ? undefined : duration(age),
    keepBytes: keep === undefined ? undefined : parseSize(keep),
    kinds,
    dryRun,
  });
  const verb = dryRun ? 'would be removed' : 'removed';
  return {
    text: `${table(removed, Date.now())}${counted(removed.length, 'blob')} ${verb}, ${formatSize(freed)} freed, ${formatSize(kept)} kept\n`,
    brief: removed.map(({ sha256 }) => `${sha256}\n`).join(''),
    json: { removed: removed.map(toJson), freed, kept, dryRun },
  };
}

/** Reads every blob; damaged ones are removed, and make the exit code that of damage. */
export async function verifyCommand(_: CommonOptions, { host }: Context): Promise<CommandResult> {
  const tell = stepProgress('verify', 'bytes', host);
  const { checked, bytes, damaged } = await new Steps(host).run(
    'verify',
    () => verifyStore(Store.of(host), host, tell),
    (verified) => ({ amount: { count: verified.bytes, unit: 'bytes' } }),
  );
  const outcome =
    damaged.length === 0 ? 'all good' : `${counted(damaged.length, 'blob')} damaged and removed`;
  return {
    text: `${table(damaged, Date.now())}${counted(checked, 'blob')}, ${formatSize(bytes)}: ${outcome}\n`,
    brief: damaged.map(({ sha256 }) => `${sha256}\n`).join(''),
    json: { checked, bytes, damaged: damaged.map(toJson) },
    ...(damaged.length > 0 && { exitCode: ERROR_EXIT_CODES.RB_DIGEST_MISMATCH }),
  };
}

function table(items: readonly StoredItem[], now: number): string {
  const rows = items.map(({ sha256, size, kind, what, url, used }) => [
    sha256.slice(0, 12),
    formatSize(size),
    kind,
    ago(now - used),
    url === undefined || url === what ? what : `${what}  ${url}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, at) => (at === 1 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at] ?? 0))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

function toJson({ used, ...item }: StoredItem): object {
  return { ...item, used: new Date(used).toISOString() };
}

/** `now`, `5 min`, `3 h`, `12 days` */
function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} days`;
}

/** `90m`, `12h`, `30d`, `2w` in milliseconds. @throws RB_ARGUMENT */
function duration(text: string): number {
  const [, number, unit] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return Number(number) * UNITS[unit]!;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no length of time`, {
    hint: 'write a number with m, h, d or w, such as 12h or 30d',
  });
}
