import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, memoryDevice } from 'ext2fs-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damaged, type Region, regionsOf } from '../support/damage-ext4.ts';
import { nativeCheck } from '../support/native-e2fsck.ts';
import { oracle } from '../support/oracle.ts';
import { readEverything } from '../support/read-everything.ts';
import { numbers, runs, seedFor } from '../support/seed.ts';
import { KINDS, smallFileSystem } from '../support/small-ext4.ts';
import { epoch } from '../wasm/support.ts';

/** Damages of each region in the first suite, and of all regions in the last. */
const DAMAGES = runs(2);
const FUZZ_RUNS = runs(100);

interface Kind {
  readonly image: Uint8Array;
  readonly regions: readonly Region[];
}

const kinds = new Map<string, Kind>();

beforeAll(async () => {
  for (const [name, options] of Object.entries(KINDS)) {
    const image = await smallFileSystem(options);
    kinds.set(name, { image, regions: await regionsOf(image) });
  }
});

interface Damage {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where the journal's superblock is. */
  readonly journal: number | undefined;
}

const journalOf = (regions: readonly Region[]): number | undefined =>
  regions.find(({ name }) => name === 'journal superblock')?.offset;

/** Every damage of the suite, with words for it. */
function* damages(): Generator<Damage> {
  for (const [kind, { image, regions }] of kinds) {
    for (const region of regions) {
      for (let count = 1; count <= DAMAGES; count += 1) {
        const name = `${kind}: ${region.name} ${count}`;
        yield { name, bytes: damaged(image, region, seedFor(name)), journal: journalOf(regions) };
      }
    }
  }
}

/** Images that end early: within the last file, the inode table, the group descriptors, the superblock. */
function* truncations(): Generator<Damage> {
  for (const [kind, { image, regions }] of kinds) {
    for (const size of [image.length - 1024, 3 << 20, 300_000, 100_000, 5000, 2048, 1500, 0]) {
      const bytes = image.slice(0, size);
      yield { name: `${kind}: ${size} bytes`, bytes, journal: journalOf(regions) };
    }
  }
}

describe('damaged file systems', () => {
  it('are read to the end, with typed errors', async () => {
    let [count, withErrors] = [0, 0];
    for (const { bytes } of damages()) {
      const { errors } = await readEverything(memoryDevice(bytes));
      count += 1;
      if (errors.length > 0) withErrors += 1;
    }
    expect(count).toBeGreaterThanOrEqual(100);
    expect(withErrors).toBeGreaterThan(count / 6);
  });
});

/**
 * Of a block that cannot be read and is to be ignored, native e2fsck says so once for as long as it is among the
 * last eight that its cache keeps; here it says so each time.
 */
const REPEATED =
  /Error reading block \d+ \(Attempt to read block from filesystem resulted in short read\)\. {2}/g;

function verdict({ exitCode, output }: { exitCode: number | null; output: string }): string[] {
  return [`exit code ${exitCode}`, ...output.replaceAll(REPEATED, '').split('\n')];
}

/** Where two images differ first, or -1; the count of KiB written and, for that, the superblock's checksum may. */
function firstDifferentByte(is: Uint8Array, wanted: Uint8Array, journal: number | undefined): number {
  const [ours, theirs] = [is, wanted].map((image) => {
    const copy = Buffer.from(image);
    copy.subarray(1024 + 376, 1024 + 384).fill(0); // s_kbytes_written
    copy.subarray(1024 + 1020, 1024 + 1024).fill(0); // s_checksum
    if (journal !== undefined) {
      // Where e2fsck makes the journal's superblock anew, it begins with a sequence number of chance.
      copy.subarray(journal + 24, journal + 28).fill(0); // s_sequence
      copy.subarray(journal + 252, journal + 256).fill(0); // s_checksum
    }
    return copy;
  }) as [Buffer, Buffer];
  return ours.equals(theirs) ? -1 : ours.findIndex((byte, at) => byte !== theirs[at]);
}

/** The first line in which two verdicts differ, or nothing. */
function firstDifference(name: string, is: readonly string[], wanted: readonly string[]): string[] {
  const at = Array.from({ length: Math.max(is.length, wanted.length) }).findIndex(
    (_, line) => is[line] !== wanted[line],
  );
  return at < 0
    ? []
    : [`${name}, line ${at}: ${JSON.stringify(is[at])} instead of ${JSON.stringify(wanted[at])}`];
}

oracle({ tools: ['e2fsck'] })('damaged file systems, beside native e2fsck', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-damage-'));
  const device = join(folder, 'device');
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['checked: the same exit code and the same words', false],
    ['repaired: the same exit code, words and bytes', true],
  ])('%s', async (_, repair) => {
    const different: string[] = [];
    for (const { name, bytes, journal } of repair ? damages() : [...damages(), ...truncations()]) {
      writeFileSync(device, bytes);
      const native = nativeCheck(device, { repair, epoch });
      // The file system that holds the file has no such offset: no answer of a device.
      if (native.output.includes('(Invalid argument)')) continue;
      const ours = await check(memoryDevice(bytes), { repair, epoch });
      different.push(...firstDifference(name, verdict(ours), verdict(native)));
      const at = firstDifferentByte(bytes, readFileSync(device), journal);
      if (at >= 0) different.push(`${name}: other bytes from ${at} on`);
    }
    expect(different).toEqual([]);
  });
});

describe('random damage', () => {
  it('never hangs and never breaks off', async () => {
    const random = numbers(seedFor('damage of several regions'));
    for (let run = 0; run < FUZZ_RUNS; run += 1) {
      const kind = [...kinds.values()][run % kinds.size]!;
      let bytes = kind.image;
      // One to three regions at once.
      for (let count = 1 + random(3); count > 0; count -= 1)
        bytes = damaged(bytes, kind.regions[random(kind.regions.length)]!, random(2 ** 31));
      await readEverything(memoryDevice(bytes));
      const repaired = memoryDevice(bytes);
      const { exitCode } = await check(repaired, { repair: true, epoch });
      expect(exitCode).toBeLessThan(16);
    }
  });
});
