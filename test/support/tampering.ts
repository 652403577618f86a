import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CookOptions } from '../../src/cook/options.ts';
import { type ErrorCode, RootlessBakeError } from '../../src/errors.ts';
import { Store } from '../../src/store/store.ts';
import { verifyStore } from '../../src/store/upkeep.ts';
import { cookIn } from './cook-in.ts';

/** What a tampered run must say. */
export interface Refusal {
  readonly code: ErrorCode;
  /** Must be found in the message. */
  readonly says?: string | RegExp;
  /**
   * What may lie in the store though an honest run does not bring it: bytes that the recipe itself names, or anything
   * that a key of the recipe has signed.
   */
  readonly allows?: readonly Uint8Array[] | 'signed';
}

/** A honest cook, and what it has in its cache then: what a tampered one may leave at most. */
interface Reference {
  readonly sha256: string;
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The rule of every tampering: the cook refuses with a code and a hint, nothing of it is in the store, the cache and
 * the folder for temporary files, and an honest cook with the same store gives what it gives with an empty one.
 */
export class Tampering {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rb-tampering-'));
  readonly #options: CookOptions;
  readonly #makeHonest: () => void;
  #reference: Reference | undefined;
  #runs = 0;

  /**
   * @param options of the honest cook
   * @param makeHonest sets the servers so that they give what they should
   */
  constructor(options: CookOptions, makeHonest: () => void) {
    this.#options = options;
    this.#makeHonest = makeHonest;
  }

  /** @param tamper changes what the servers give; the options of the cook, where they are others */
  async refuses(tamper: () => Partial<CookOptions> | undefined, refusal: Refusal): Promise<void> {
    const reference = await this.#honest();
    const place = this.#newPlace();
    this.#makeHonest();
    const options = tamper();
    const error = await this.#cook(place, options).then(
      (sha256) => `cooked ${sha256}`,
      (thrown: unknown) => thrown,
    );
    expectRefused(error, refusal);
    await this.#expectNothing(place, reference, refusal);
    this.#makeHonest();
    expect(await this.#cook(place)).toBe(reference.sha256);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #honest(): Promise<Reference> {
    if (this.#reference) return this.#reference;
    this.#makeHonest();
    const place = this.#newPlace();
    const sha256 = await this.#cook(place);
    this.#reference = { sha256, files: filesIn(join(place, 'cache')) };
    return this.#reference;
  }

  #newPlace(): string {
    this.#runs += 1;
    return join(this.#folder, String(this.#runs));
  }

  async #cook(place: string, over: Partial<CookOptions> = {}): Promise<string> {
    const root = await cookIn(place, { ...this.#options, ...over });
    await root.dispose();
    return root.sha256;
  }

  async #expectNothing(place: string, { files }: Reference, { allows = [] }: Refusal): Promise<void> {
    const allowed = new Set(allows === 'signed' ? [] : allows.map(digest));
    const surplus = [...filesIn(join(place, 'cache'))]
      .filter(([path, content]) => files.get(path) !== content && !allowed.has(content))
      .map(([path]) => path)
      .filter((path) => allows !== 'signed' || !/^store\/(?:blobs|records)\//.test(path));
    expect(surplus).toEqual([]);
    expect(readdirSync(join(place, 'tmp'))).toEqual([]);
    const store = Store.open(join(place, 'cache/store'));
    const { damaged } = await verifyStore(store, { signal: new AbortController().signal });
    expect(damaged).toEqual([]);
  }
}

/** The bytes with one of them changed: the first, the last or one between, by a part from 0 to 1. */
export function flip(bytes: Uint8Array, part = 0.5): Buffer {
  const changed = Buffer.from(bytes);
  changed[Math.min(changed.length - 1, Math.floor(part * changed.length))]! ^= 1;
  return changed;
}

function expectRefused(error: unknown, { code, says }: Refusal): void {
  expect(error).toBeInstanceOf(RootlessBakeError);
  const { message, hint } = error as RootlessBakeError;
  expect({ code: (error as RootlessBakeError).code, message }).toMatchObject({
    code,
    message: says instanceof RegExp ? expect.stringMatching(says) : expect.stringContaining(says ?? ''),
  });
  expect(hint, `the hint of: ${message}`).toMatch(/\w{3}/);
}

/** The digest of every file by its path; side records hold times, and serve people. */
function filesIn(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && !/\/store\/about(?:\/|$)/.test(entry.parentPath))
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(folder.length + 1), digest(readFileSync(path))]),
  );
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
