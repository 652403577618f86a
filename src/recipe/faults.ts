/** From what zod finds wrong to errors that name the place, the key and the way out. */

import { type ErrorCode, RootlessBakeError } from '../errors.ts';
import { didYouMean, nearest } from '../suggest.ts';
import type * as z from '../vendor/zod.ts';
import type { KeyPath } from './document.ts';
import { placeOf, pointAt } from './location.ts';
import { overrideOf } from './overrides.ts';
import { placeOfKey, type WrittenRecipe } from './place.ts';
import { schemaKeys } from './schema-keys.ts';

type Issue = z.core.$ZodIssue;

/** One thing wrong with a recipe. */
interface Fault {
  readonly code: ErrorCode;
  /** Of the value, or of what should hold a missing one. */
  readonly path: KeyPath;
  /** A key at `path` that is meant. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** True where the recipe's own words must not be shown. */
  readonly isSecret?: boolean;
}

export interface FaultContext extends WrittenRecipe {
  /** The recipe's data with the overrides in place. */
  readonly data: unknown;
  readonly schema: z.ZodType;
  /** Words for the hint about a missing base. */
  readonly baseHint: string;
}

/** All that is wrong in one error: the first fault in full, the others in a line each. */
export function recipeError(issues: readonly Issue[], context: FaultContext): RootlessBakeError {
  const faults = issues.flatMap((issue) => explain(issue, [], context));
  const ordered = faults.toSorted((a, b) => lineOf(a, context) - lineOf(b, context));
  const [first, ...others] = ordered;
  const more = others.map((fault) => `\nalso ${placeOfKey(fault, context).name}: ${fault.message}`);
  const { name, location } = placeOfKey(first!, context);
  const message = pointAt(location ? context.document.name : name, location, first!.message);
  return new RootlessBakeError(first!.code, message + more.join(''), {
    hint: first!.hint,
    where: placeOf(context.document.name, location),
  });
}

function explain(issue: Issue, above: KeyPath, context: FaultContext): Fault[] {
  const path = [...above, ...(issue.path as KeyPath)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context));
    case 'invalid_type':
      return [wrongType(path, issue.expected, context)];
    case 'invalid_union':
      return explainUnion(issue, path, context);
    case 'custom':
      return [ofOurs(path, issue)];
    default:
      return [invalid(path, `${dotted(path)}: ${issue.message}`)];
  }
}

/**
 * A union fails in every branch, and only one is meant: the one whose keys the recipe has. When there is
 * none, the whole is wrong, and the message says what may stand there.
 */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath, context: FaultContext): Fault[] {
  const value = valueAt(context.data, path);
  if (value === undefined) return [missing(path, context)];
  const branches = issue.errors.map((issues) => ({ issues, cost: branchCost(issues, value) }));
  const [best, next] = branches.toSorted((a, b) => a.cost - b.cost);
  const known = schemaKeys(context.schema, path);
  if (best && best.cost >= MISSING && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const strangers = Object.keys(value).filter((key) => !known.includes(key));
    if (strangers.length > 0) return strangers.map((key) => unknownKey(path, key, context));
  }
  const clear = best && best.cost < 10 * MISSING && (best.cost < MISSING || best.cost < (next?.cost ?? 0));
  if (clear) return best.issues.flatMap((inner) => explain(inner, path, context));
  const wanted =
    known.length > 0 ? `must have one of the keys ${list(firstKeys(issue, known))}` : issue.message;
  return [
    isBase(path)
      ? {
          code: 'RB_BASE_MISSING',
          path,
          message: `${dotted(path)} must name a base, and is ${describe(value)}`,
          hint: context.baseHint,
        }
      : invalid(path, `${dotted(path)} ${wanted}, and is ${describe(value)}`, missingHint(path)),
  ];
}

const MISSING = 100;

function branchCost(issues: readonly Issue[], value: unknown): number {
  return issues.reduce((sum, issue) => sum + issueCost(issue, value), 0);
}

function issueCost(issue: Issue, value: unknown): number {
  if (issue.code === 'unrecognized_keys') return 10 * issue.keys.length;
  if (issue.path.length === 0 && issue.code === 'invalid_type') return 10 * MISSING;
  return valueAt(value, issue.path as KeyPath) === undefined ? MISSING : 1;
}

/** The keys that tell the branches apart: what each of them misses first. */
function firstKeys(issue: z.core.$ZodIssueInvalidUnion, known: readonly string[]): string[] {
  const needed = issue.errors.flatMap(([first]) => (first ? [String(first.path[0] ?? '')] : []));
  const keys = known.filter((key) => needed.includes(key));
  return keys.length > 0 ? keys : [...known];
}

function unknownKey(path: KeyPath, key: string, context: FaultContext): Fault {
  const known = schemaKeys(context.schema, path);
  const message = `unknown key ${JSON.stringify(key)}${path.length > 0 ? ` in ${dotted(path)}` : ''}`;
  const elsewhere = nearest(key, known).length === 0 ? placesOf(key, context) : undefined;
  const hint =
    didYouMean(key, known) ?? elsewhere ?? (known.length > 0 ? `known keys: ${known.join(', ')}` : undefined);
  return { code: 'RB_RECIPE_UNKNOWN_KEY', path, key, message, hint };
}

/** A key that exists, but in the other part of the recipe: `size` at the top. */
function placesOf(key: string, context: FaultContext): string | undefined {
  const part = ['cook', 'machine', 'bake'].find((name) => schemaKeys(context.schema, [name]).includes(key));
  return part && `${key} belongs into ${part}`;
}

function wrongType(path: KeyPath, expected: string, context: FaultContext): Fault {
  const value = valueAt(context.data, path);
  if (value === undefined) return missing(path, context);
  const written = context.document.written(path);
  const quote =
    expected === 'string' && written !== undefined && overrideOf(context.overrides, path) === undefined;
  if (path.length === 0) {
    const hint = 'rootless-bake init writes one to begin with: name, cook and bake are its keys';
    return invalid(path, `the recipe must be ${typeName(expected)}, and is ${describe(value)}`, hint);
  }
  return invalid(
    path,
    `${dotted(path)} must be ${typeName(expected)}, and is ${describe(value)}`,
    quote && value !== null
      ? `YAML reads ${written} as ${describe(value)}: write it in quotes, "${written.replace(/^0o/, '0')}"`
      : undefined,
  );
}

function missing(path: KeyPath, context: FaultContext): Fault {
  const holder = path.slice(0, -1);
  const key = holder.at(-1);
  const base = isBase(path) || (path.length === 1 && path[0] === 'cook');
  const hint = base ? context.baseHint : missingHint(path);
  return {
    code: base ? 'RB_BASE_MISSING' : 'RB_RECIPE_INVALID',
    // The arrow goes to the key that should hold the missing one.
    ...(typeof key === 'string' ? { path: holder.slice(0, -1), key } : { path: holder }),
    message: `${dotted(path)} is missing`,
    hint,
  };
}

/** Items of a list are alike. */
function missingHint(path: KeyPath): string | undefined {
  return MISSING_HINTS[dotted(path.filter((key) => typeof key === 'string'))];
}

const MISSING_HINTS: Readonly<Record<string, string>> = {
  name: 'write a name such as alpine-machine: the image file is called after it',
  'cook.contents.to': 'write where in the root it goes, such as to: /etc/motd',
  'bake.size': 'write the size of the whole image, such as size: 128M, or size: auto',
  'bake.kernel':
    'write kernel: { deb: linux-image-cloud-amd64 }, { deb: ./file.deb } or { vmlinuz: …, modules: … }',
};

function invalid(path: KeyPath, message: string, hint?: string): Fault {
  return { code: 'RB_RECIPE_INVALID', path, message, ...(hint !== undefined && { hint }) };
}

/** What a check of ours has thrown: its code and hint travel in the params. */
function ofOurs(path: KeyPath, { message, params = {} }: z.core.$ZodIssueCustom): Fault {
  const fault = invalid(path, message, params['hint'] as string | undefined);
  const code = params['code'] as ErrorCode | undefined;
  const isSecret = params['isSecret'] === true;
  return { ...fault, ...(code !== undefined && { code }), ...(isSecret && { isSecret }) };
}

function lineOf(fault: Fault, context: FaultContext): number {
  const { location } = placeOfKey(fault, context);
  return location ? location.line * 10_000 + location.column : 0;
}

function isBase(path: KeyPath): boolean {
  return path.length === 2 && path[0] === 'cook' && path[1] === 'base';
}

/** `cook.contents[2].file` */
export function dotted(path: KeyPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    data,
  );
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    array: 'a list',
    object: 'a map of keys',
    boolean: 'true or false',
    number: 'a number',
  };
  return names[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return `a map with ${list(Object.keys(value)) || 'no keys'}`;
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

function list(words: readonly string[]): string {
  return words.join(', ');
}
