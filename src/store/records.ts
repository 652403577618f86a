import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { canonicalJson } from './canonical.ts';
import { readText, touch, writeStoreFile } from './files.ts';
import { recordPath } from './layout.ts';

/** As a record lies on disk. `check` is the sha256 of the canonical JSON of the other fields. */
interface RecordFile {
  readonly key: unknown;
  readonly value: unknown;
  readonly check: string;
}

/** The value of a record; undefined when there is none. A damaged record is removed. */
export function readRecord(directory: string, kind: string, key: unknown): unknown {
  const canonicalKey = canonicalJson(key);
  const path = recordPath(directory, kind, digest(canonicalKey));
  const text = readText(path);
  if (text === undefined) return undefined;
  const file = parse(text);
  if (!file || canonicalJson(file.key) !== canonicalKey || file.check !== checkOf(file)) {
    rmSync(path, { force: true });
    return undefined;
  }
  touch(path);
  return file.value;
}

/** Writes a record, over one that is there. What JSON cannot hold is an error. */
export function writeRecord(directory: string, kind: string, key: unknown, value: unknown): void {
  const canonicalKey = canonicalJson(key);
  const path = recordPath(directory, kind, digest(canonicalKey));
  const canonicalValue = canonicalJson(value);
  const check = digest(`${canonicalKey}\n${canonicalValue}`);
  writeStoreFile(directory, path, `{"key":${canonicalKey},"value":${canonicalValue},"check":"${check}"}\n`);
}

function parse(text: string): RecordFile | undefined {
  try {
    const file: unknown = JSON.parse(text);
    return typeof file === 'object' && file !== null && 'value' in file ? (file as RecordFile) : undefined;
  } catch {
    return undefined;
  }
}

function checkOf({ key, value }: RecordFile): string {
  return digest(`${canonicalJson(key)}\n${canonicalJson(value)}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
