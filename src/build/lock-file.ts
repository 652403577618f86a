import { readFileSync } from 'node:fs';
import { writeOutput } from '../disk/write-output.ts';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { isRecord, type Pin, type PinnedFile } from '../sources/pins.ts';

/** Raised when older programs would misread the file. */
const LOCK_VERSION = 1;

/** What a lock file says: JSON, made to be committed beside the recipe. */
export interface Lock {
  /** Of the recipe. */
  readonly name: string;
  /** sha256 of the cooked tree's canonical tar, in hex; absent when the recipe wants no digest. */
  readonly tree?: string;
  /** Every input that is looked up somewhere, and what it came to; sorted. */
  readonly inputs: readonly Pin[];
  /** Digests of the recipe's own folders, files and scripts, to tell which of them has changed. */
  readonly local: Readonly<Record<string, string>>;
}

/**
 * Reads a lock. Line endings do not matter.
 *
 * @returns undefined when there is no such file
 * @throws RB_LOCK_INVALID for a file that is no lock, or one of a newer program; RB_INPUT_UNREADABLE
 */
export function readLock(path: string): Lock | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    if (!isSystemError(error)) throw error;
    throw new RootlessBakeError('RB_INPUT_UNREADABLE', `the lock ${path} cannot be read: ${error.code}`, {
      cause: error,
    });
  }
  return parseLock(text, path);
}

/** @throws RB_OUTPUT_UNWRITABLE; the lock that was there stays then */
export function writeLock(path: string, lock: Lock): void {
  writeOutput(path, formatLock(lock));
}

/** Equal locks give equal text. */
export function formatLock({ name, tree, inputs, local }: Lock): string {
  const lock = {
    version: LOCK_VERSION,
    name,
    ...(tree !== undefined && { tree }),
    inputs: inputs.map(({ kind, name: input, key, isFixed, versions, value, files }) => ({
      kind,
      name: input,
      key,
      ...(isFixed && { isFixed }),
      ...(versions && { versions }),
      value,
      files: files.map(({ url, sha256, size }) => ({ url, sha256, size })),
    })),
    local: Object.fromEntries(Object.entries(local).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(lock, undefined, 2)}\n`;
}

/** @throws RB_LOCK_INVALID */
export function parseLock(text: string, path: string): Lock {
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const hint = /^<{7}|^>{7}/m.test(text) ? 'settle the merge conflict, or make it anew' : undefined;
    throw invalid(path, `it is no JSON: ${(error as Error).message}`, hint);
  }
  if (!isRecord(data)) throw invalid(path, 'it is no JSON object');
  const { version, name, tree, inputs, local } = data;
  if (version !== LOCK_VERSION) {
    const hint = Number(version) > LOCK_VERSION ? 'a newer rootless-bake made it: use that' : undefined;
    throw invalid(path, `its version is ${JSON.stringify(version)}, not ${LOCK_VERSION}`, hint);
  }
  if (typeof name !== 'string') throw invalid(path, 'it has no name');
  if (tree !== undefined && !isSha256(tree)) throw invalid(path, 'its tree is no sha256');
  if (!Array.isArray(inputs)) throw invalid(path, 'it has no inputs');
  if (!isRecord(local) || !Object.values(local).every(isSha256)) throw invalid(path, 'its local is damaged');
  return {
    name,
    ...(tree !== undefined && { tree }),
    inputs: inputs.map((input: unknown, index) => parsePin(input, `inputs[${index}]`, path)),
    local: local as Record<string, string>,
  };
}

function parsePin(input: unknown, at: string, path: string): Pin {
  if (!isRecord(input)) throw invalid(path, `${at} is no object`);
  const { kind, name, key, isFixed, versions, value, files } = input;
  if (typeof kind !== 'string' || typeof name !== 'string') throw invalid(path, `${at} has no kind and name`);
  if (!('key' in input && 'value' in input)) throw invalid(path, `${at} (${kind} ${name}) is not complete`);
  if (!Array.isArray(files) || !files.every(isPinnedFile)) {
    throw invalid(path, `the files of ${at} (${kind} ${name}) are damaged`);
  }
  if (versions !== undefined && !isRecord(versions)) throw invalid(path, `the versions of ${at} are damaged`);
  return {
    kind,
    name,
    key,
    value,
    files,
    ...(isFixed === true && { isFixed }),
    ...(versions && { versions: versions as Record<string, string> }),
  };
}

function isPinnedFile(value: unknown): value is PinnedFile {
  if (!isRecord(value)) return false;
  const { url, sha256, size } = value;
  return typeof url === 'string' && isSha256(sha256) && Number.isSafeInteger(size) && (size as number) >= 0;
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function invalid(path: string, why: string, hint = 'Make it anew: rootless-bake lock.'): RootlessBakeError {
  return new RootlessBakeError('RB_LOCK_INVALID', `${path} is no lock: ${why}`, { hint });
}
