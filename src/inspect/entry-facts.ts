import type { Entry, EntryType } from '../tree/entry.ts';
import { encodeName } from '../tree/name.ts';

/** What an entry is, as plain JSON. */
export interface EntryFacts {
  readonly type: EntryType;
  /** Four octal digits. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Of files, and of links in bytes of their target. */
  readonly size?: number;
  /** ISO 8601 in UTC with nanoseconds. */
  readonly mtime: string;
  readonly target?: string;
  /** Of devices: `major:minor`. */
  readonly device?: string;
  /** Values in base64; absent without any. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

export function entryFacts(entry: Entry): EntryFacts {
  const { type, mode, uid, gid, mtime, xattrs } = entry;
  const size = entrySize(entry);
  const values = [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    ...(size !== undefined && { size }),
    mtime: formatTime(mtime),
    ...(entry.type === 'symlink' && { target: entry.target }),
    ...('major' in entry && { device: `${entry.major}:${entry.minor}` }),
    ...(values.length > 0 && {
      xattrs: Object.fromEntries(
        values.map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
    }),
  };
}

/** Bytes of a file or of a link's target. */
export function entrySize(entry: Entry): number | undefined {
  if (entry.type === 'file') return entry.content.size;
  return entry.type === 'symlink' ? encodeName(entry.target).length : undefined;
}

/** Seconds since 1970 that a Date can have. */
const MAXIMUM_SECONDS = 8_640_000_000_000n;

/** `2023-11-14T22:13:20.000000001Z`; what no calendar has is `@` and the seconds. */
export function formatTime(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = (nanoseconds - fraction) / 1_000_000_000n;
  const digits = fraction.toString().padStart(9, '0');
  if (seconds > MAXIMUM_SECONDS || seconds < -MAXIMUM_SECONDS) return `@${seconds}.${digits}`;
  return new Date(Number(seconds) * 1000).toISOString().replace(/\d{3}Z$/, `${digits}Z`);
}
