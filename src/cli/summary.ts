import type { BakedCake } from '../build/options.ts';
import { formatSize } from '../recipe/size.ts';
import { shellCommand } from '../shell-words.ts';
import { formatTime } from './terminal.ts';

/** What a bake has made, as a small table, and the command that boots it. */
export function bakeSummary(
  baked: Pick<
    BakedCake,
    | 'path'
    | 'size'
    | 'allocated'
    | 'sha256'
    | 'uuid'
    | 'kernelRelease'
    | 'modules'
    | 'packages'
    | 'directories'
    | 'times'
  > & {
    /** Milliseconds of the whole run. */
    readonly elapsed: number;
  },
): string {
  const rows: [string, string][] = [
    ['size', `${formatSize(baked.size)}, ${formatSize(baked.allocated)} allocated`],
    ['sha256', baked.sha256],
    ['uuid', baked.uuid],
    ['kernel', baked.kernelRelease],
    ['modules', baked.modules.join(' ') || 'none'],
    ...(baked.packages.length > 0 ? [['packages', String(baked.packages.length)] as [string, string]] : []),
    ...columns(
      'largest',
      baked.directories.filter(({ bytes }) => bytes > 0).slice(0, 8),
      ({ path, bytes }) => [path, formatSize(bytes)],
    ),
    ...columns('time', withTotal(baked), ({ step, milliseconds }) => [step, formatTime(milliseconds)]),
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)} ${value}`);
  return `${baked.path}\n${lines.join('\n')}\n\nBoot it: ${shellCommand(['rootless-bake', 'boot', baked.path])}\n`;
}

/** Rows under one heading, their numbers right-aligned. */
function columns<T>(
  name: string,
  items: readonly T[],
  words: (item: T) => [string, string],
): [string, string][] {
  const cells = items.map(words);
  const left = Math.max(0, ...cells.map(([word]) => word.length));
  const right = Math.max(0, ...cells.map(([, value]) => value.length));
  return cells.map(([word, value], index) => [
    index === 0 ? name : '',
    `${word.padEnd(left)}  ${value.padStart(right)}`,
  ]);
}

/** Steps may run at the same time: the whole is less than their sum. */
function withTotal({ times, elapsed }: Pick<BakedCake, 'times'> & { elapsed: number }): BakedCake['times'] {
  return [...times, { step: 'together', milliseconds: elapsed }];
}
