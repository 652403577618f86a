import { RootlessBakeError } from '../errors.ts';
import type { Entry } from './entry.ts';

/** A path that two inputs bring, each its own thing. */
export interface Conflict {
  /** Canonical. */
  readonly path: string;
  readonly existing: Entry;
  readonly wanted: Entry;
}

/** So many paths are named in one error; the others are counted. */
const SHOWN = 10;

/** @param conflicts at least one */
export function conflictError(conflicts: readonly Conflict[]): RootlessBakeError {
  const lines = conflicts.slice(0, SHOWN).map(describe);
  const rest = conflicts.length - lines.length;
  const message =
    conflicts.length === 1
      ? lines[0]!
      : [
          `two inputs bring different things to ${conflicts.length} paths:`,
          ...lines,
          ...(rest > 0 ? [`and ${rest} more`] : []),
        ].join('\n  ');
  return new RootlessBakeError('RB_TREE_CONFLICT', message, { hint: hint(conflicts) });
}

function describe({ path, existing, wanted }: Conflict): string {
  const other = existing.type === wanted.type ? `another ${words(wanted)}` : `a ${words(wanted)}`;
  const full = isFull(existing) ? ' that is not empty' : '';
  return `${path}: a ${words(existing)} from ${existing.origin}${full}, and ${other} from ${wanted.origin}`;
}

function hint(conflicts: readonly Conflict[]): string {
  const skip = 'skip: true (what is there stays)';
  if (conflicts.every(({ existing }) => isFull(existing)))
    return `give the later content ${skip}, or remove the directory in the script: one that is not empty is never replaced`;
  return `give the later content replace: true (it wins) or ${skip}, or a list of paths in the place of true`;
}

/** A directory that something else would have to take the place of, with all that is in it. */
function isFull(existing: Entry): boolean {
  return existing.type === 'directory' && existing.children.size > 0;
}

function words(entry: Entry): string {
  switch (entry.type) {
    case 'symlink':
      return `link to ${JSON.stringify(entry.target)}`;
    case 'char':
    case 'block':
      return `${entry.type} device ${entry.major}:${entry.minor}`;
    default:
      return entry.type;
  }
}
