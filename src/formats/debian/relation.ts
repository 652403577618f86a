import { RootlessBakeError } from '../../errors.ts';
import { compareVersions } from './version.ts';

export type Operator = '<<' | '<=' | '=' | '>=' | '>>';

/** One package that another names: `name[:qualifier] [(operator version)]` (Debian policy, section 7.1). */
export interface Relation {
  readonly name: string;
  /** `any`, or an architecture. */
  readonly qualifier?: string;
  readonly constraint?: { readonly operator: Operator; readonly version: string };
}

/** Alternatives, the preferred one first. */
export type Clause = readonly Relation[];

const RELATION =
  /^\s*([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|<|=|>=|>>|>)\s*([^\s()<>=]+)\s*\))?\s*$/;

/** What was meant by `<` and `>` when they were last allowed. */
const OBSOLETE: Readonly<Record<string, Operator>> = { '<': '<=', '>': '>=' };

/**
 * Parses a field such as `Depends`: clauses separated by commas, all of which must hold, of alternatives
 * separated by `|`, one of which must.
 *
 * @throws RB_ARCHIVE_DAMAGED when it is no such field
 */
export function parseClauses(field: string): Clause[] {
  return field
    .split(',')
    .filter((clause) => clause.trim() !== '')
    .map((clause) => clause.split('|').map(parseRelation));
}

/**
 * Parses a field without alternatives, such as `Conflicts` or `Provides`.
 *
 * @throws as {@link parseClauses}
 */
export function parseRelations(field: string): Relation[] {
  return parseClauses(field).map((clause) => clause[0]!);
}

function parseRelation(text: string): Relation {
  const [, name, qualifier, operator, version] = RELATION.exec(text) ?? [];
  if (name === undefined) {
    throw new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${JSON.stringify(text.trim())} names no package`, {
      hint: 'the repository, or the package, is made wrong',
    });
  }
  return {
    name,
    ...(qualifier !== undefined && { qualifier }),
    ...(operator !== undefined && {
      constraint: { operator: OBSOLETE[operator] ?? (operator as Operator), version: version! },
    }),
  };
}

/** Whether a version is one that a relation allows; any is where it names none. */
export function isAllowed(version: string, { constraint }: Relation): boolean {
  if (!constraint) return true;
  const order = compareVersions(version, constraint.version);
  switch (constraint.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** As it stands in a field. */
export function formatRelation({ name, qualifier, constraint }: Relation): string {
  const full = qualifier === undefined ? name : `${name}:${qualifier}`;
  return constraint ? `${full} (${constraint.operator} ${constraint.version})` : full;
}

export function formatClause(clause: Clause): string {
  return clause.map(formatRelation).join(' | ');
}
