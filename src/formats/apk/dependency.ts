import { RootlessBakeError } from '../../errors.ts';
import { compareFuzzily, compareVersions, isVersion } from './version.ts';

/** Which outcomes of comparing a version with the wanted one are right, as bits. */
export const EQUAL = 1;
export const LESS = 2;
export const GREATER = 4;
const FUZZY = 8;

const ANY = EQUAL | LESS | GREATER;
/** `><`: not a version is wanted, but the package with this identity. */
const IDENTITY = LESS | GREATER;

/**
 * One dependency of a package or of /etc/apk/world: `name`, `name>=1.2`, `name~1.2`, `name><Q1…`, `!name`,
 * `name@tag` (apk-world(5)).
 */
export interface Dependency {
  readonly name: string;
  /** Bits of {@link EQUAL}, {@link LESS}, {@link GREATER} and the fuzzy one. */
  readonly comparison: number;
  /** Empty when any version is right; an identity (`Q1…`) behind `><`. */
  readonly version: string;
  /** The package must not be there. */
  readonly isConflict: boolean;
  /** Name of a pinned repository, without its `@`. */
  readonly tag?: string;
}

/** One provider of a name: a package itself, or what it says it provides. */
export interface Provided {
  /** Undefined for a name that is provided without a version. */
  readonly version: string | undefined;
  /** `C:` of the package's index entry. */
  readonly identity: string;
}

const SYMBOLS = new Map([
  ['<', LESS],
  ['>', GREATER],
  ['=', EQUAL],
  ['~', EQUAL | FUZZY],
]);

/**
 * Reads one dependency.
 *
 * @returns undefined when apk would not take it for one
 */
export function parseDependency(word: string): Dependency | undefined {
  const isConflict = word.startsWith('!');
  const text = isConflict ? word.slice(1) : word;
  const operator = text.search(/[<>=~]/);
  let name = operator < 0 ? text : text.slice(0, operator);
  let comparison = ANY;
  let version = '';
  if (operator >= 0) {
    let end = operator;
    comparison = 0;
    for (let bit = SYMBOLS.get(text[end] ?? ''); bit !== undefined; bit = SYMBOLS.get(text[end] ?? '')) {
      comparison |= bit;
      end += 1;
    }
    version = text.slice(end);
    if (version === '' || (comparison !== IDENTITY && !isVersion(version))) return undefined;
  }
  const at = name.indexOf('@');
  const tag = at < 0 ? undefined : name.slice(at + 1);
  if (at >= 0) name = name.slice(0, at);
  if (name === '' || tag === '') return undefined;
  return { name, comparison, version, isConflict, ...(tag !== undefined && { tag }) };
}

/** Reads dependencies between spaces or line feeds; what is none is passed over, as apk does in an index. */
export function parseDependencies(text: string): Dependency[] {
  const found: Dependency[] = [];
  for (const word of text.split(/[ \n]+/)) {
    const dependency = word === '' ? undefined : parseDependency(word);
    if (dependency) found.push(dependency);
  }
  return found;
}

/**
 * Reads a dependency that a person has written.
 *
 * @throws RB_ARGUMENT when it is none
 */
export function requireDependency(word: string): Dependency {
  const dependency = parseDependency(word);
  if (dependency) return dependency;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(word)} is no apk package`, {
    hint: 'write a name, maybe with a version or a tag: nginx, nginx=1.24.0-r16, nginx~1.24, nginx@edge',
  });
}

/** Writes a dependency as /etc/apk/world has it. */
export function formatDependency({ name, comparison, version, isConflict, tag }: Dependency): string {
  const pinned = tag === undefined ? name : `${name}@${tag}`;
  const relation = version === '' ? '' : `${operatorOf(comparison)}${version}`;
  return `${isConflict ? '!' : ''}${pinned}${relation}`;
}

/** True when a provider meets a dependency; for a conflict, when it stays clear of it. */
export function isMet(dependency: Dependency, provided: Provided | undefined): boolean {
  const { isConflict } = dependency;
  return provided ? matches(dependency, provided) !== isConflict : isConflict;
}

function matches({ comparison, version }: Dependency, provided: Provided): boolean {
  if (comparison === ANY) return true;
  if (comparison === IDENTITY) return provided.identity === version;
  if (provided.version === undefined) return false;
  const compare = (comparison & FUZZY) === 0 ? compareVersions : compareFuzzily;
  const order = compare(provided.version, version);
  return (comparison & (order < 0 ? LESS : order > 0 ? GREATER : EQUAL)) !== 0;
}

function operatorOf(comparison: number): string {
  if (comparison === IDENTITY) return '><';
  const sign = (comparison & LESS) !== 0 ? '<' : (comparison & GREATER) !== 0 ? '>' : '';
  if ((comparison & FUZZY) !== 0) return `${sign}~`;
  return `${sign}${(comparison & EQUAL) !== 0 ? '=' : ''}`;
}
