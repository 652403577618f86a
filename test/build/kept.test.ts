import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { type BakedCake, type BakeRun, bake, type CakeRecipe } from '../../src/index.ts';
import { installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { oracle } from '../support/oracle.ts';
import { sha256 } from '../support/small-image.ts';

let folder: string;
let events: ProgressEvent[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-kept-'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files/motd'), 'welcome\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const steps = (): string[] => events.flatMap((event) => (event.type === 'step-start' ? [event.step] : []));

async function baked(
  over: Partial<BakeRun> = {},
  recipe: Partial<CakeRecipe['cook']> = {},
): Promise<BakedCake> {
  events = [];
  const cake: CakeRecipe = {
    name: 'kept',
    cook: { base: { empty: true }, contents: [{ dir: join(folder, 'files'), to: '/etc' }], ...recipe },
    bake: { ...installedBakeOptions(32 << 20), busybox: { path: '/bin/busybox' } },
  };
  return await bake(cake, {
    env: {},
    cacheDirectory: join(folder, 'cache'),
    emit: (event) => events.push(event),
    output: join(folder, 'kept.img'),
    force: true,
    ...over,
  });
}

const isKept = (): boolean => steps().join() === 'kept image';
const onDisk = (name = 'kept.img'): string => sha256(readFileSync(join(folder, name)));

oracle({ tools: ['extlinux'], files: [MBR_CODE, '/bin/busybox'] })('an image that was baked before', () => {
  test('is put at its place again, in the same words', async () => {
    const { times: _, ...first } = await baked();
    expect(steps()).toContain('file system');
    const { times, ...again } = await baked();
    expect(isKept()).toBe(true);
    expect(again).toEqual(first);
    expect(times).toMatchObject([{ step: 'kept image' }]);
    const { path: __, ...elsewhere } = await baked({ output: join(folder, 'other.img') });
    expect(isKept()).toBe(true);
    expect(elsewhere.sha256).toBe(first.sha256);
    expect(onDisk('other.img')).toBe(first.sha256);
  });

  test('is put there whole when somebody has written into it, as a boot does', async () => {
    const { sha256: digest } = await baked();
    writeFileSync(join(folder, 'kept.img'), 'changed', { flag: 'r+' });
    expect(onDisk()).not.toBe(digest);
    await baked();
    expect(isKept()).toBe(true);
    expect(onDisk()).toBe(digest);
  });

  test('is not overwritten unless told', async () => {
    await baked();
    await expect(baked({ force: false })).rejects.toMatchObject({ code: 'RB_OUTPUT_EXISTS' });
  });

  const changes: [string, () => Parameters<typeof baked> | undefined][] = [
    ['a content has changed', () => void writeFileSync(join(folder, 'files/motd'), 'go away\n')],
    ['a content is new', () => void writeFileSync(join(folder, 'files/issue'), '')],
    ['a content may be executed', () => chmodSync(join(folder, 'files/motd'), 0o755) as undefined],
    ['the recipe has another rule', () => [{}, { owners: [{ path: '/etc/motd', owner: '7:7' }] }]],
    ['the epoch is another', () => [{ env: { SOURCE_DATE_EPOCH: '86400' } }]],
  ];
  test.each(changes)('is baked anew when %s', async (_, change) => {
    const { sha256: before } = await baked();
    const { sha256: after } = await baked(...(change() ?? []));
    expect(isKept()).toBe(false);
    expect(after).not.toBe(before);
    expect(onDisk()).toBe(after);
  });

  test('is kept when only the times and private modes of contents are others', async () => {
    await baked();
    utimesSync(join(folder, 'files/motd'), 1, 1);
    chmodSync(join(folder, 'files/motd'), 0o600);
    await baked();
    expect(isKept()).toBe(true);
  });

  test('is baked anew when asked to, when it is lost, and when what is kept is damaged', async () => {
    const { sha256: first } = await baked();
    expect((await baked({ rebuild: true })).sha256).toBe(first);
    expect(isKept()).toBe(false);
    const blob = join(folder, 'cache/store/blobs/sha256', first.slice(0, 2), first);
    chmodSync(blob, 0o644);
    writeFileSync(blob, 'x', { flag: 'r+' });
    rmSync(join(folder, 'kept.img'));
    expect((await baked()).sha256).toBe(first);
    expect(isKept()).toBe(false);
    rmSync(join(folder, 'cache/store'), { recursive: true });
    expect((await baked()).sha256).toBe(first);
    expect(isKept()).toBe(false);
  });

  test('has the digest that the recipe asks for, or is refused and stays away', async () => {
    const { cookedSha256 } = await baked();
    await baked({}, { sha256: cookedSha256! });
    expect(isKept()).toBe(true);
    const output = join(folder, 'wrong.img');
    await expect(baked({ output }, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
    });
    expect(readdirSync(folder)).not.toContain('wrong.img');
  });

  test('is not looked for where nobody can know all that went into it', async () => {
    await baked({}, { cleanup: 'true' });
    await baked({}, { cleanup: 'true' });
    expect(isKept()).toBe(false);
  });

  test('costs a warning when the store cannot be used', async () => {
    writeFileSync(join(folder, 'no store'), '');
    const { sha256: digest } = await baked({ storeDirectory: join(folder, 'no store') });
    expect(onDisk()).toBe(digest);
    expect(events).toContainEqual({
      type: 'message',
      level: 'warning',
      text: expect.stringContaining('nothing is kept'),
    });
  });
});
