/** Two bakes and their comparison; the bakes are stood in for. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { mkfs, type Surroundings, type Verification, type VerifyOptions, verify } from '../../src/index.ts';
import { testHost } from '../support/host.ts';
import { sha256 } from '../support/small-image.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-verify-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const here = (): string[] => readdirSync(folder).filter((name) => name !== 'cache');

function run(options: VerifyOptions, host = testHost()): Promise<Verification> {
  const over = { temporaryDirectory: folder, cacheDirectory: join(folder, 'cache') };
  return verify(options, { ...host.host, ...over });
}

/** A bake that writes these bytes. */
function writing(contents: (surroundings: Surroundings) => Uint8Array): VerifyOptions['bake'] {
  return async (surroundings) => {
    const bytes = contents(surroundings);
    writeFileSync(surroundings.output, bytes);
    return { sha256: sha256(bytes) };
  };
}

it('bakes in surroundings that have nothing in common', async () => {
  const seen: Surroundings[] = [];
  const times: number[] = [];
  const result = await run({
    bake: writing((surroundings) => {
      seen.push(surroundings);
      times.push(Date.now());
      expect(statSync(surroundings.cwd).isDirectory()).toBe(true);
      expect(statSync(surroundings.env['TMPDIR']!).isDirectory()).toBe(true);
      return Buffer.from('the same');
    }),
  });
  const digest = sha256(Buffer.from('the same'));
  expect(result).toEqual({ equal: true, sha256: [digest, digest], inputs: [], differences: [], blocks: [] });
  const [first, second] = seen;
  for (const key of ['umask', 'cwd', 'clockShift', 'output'] as const) {
    expect(first![key]).not.toBe(second![key]);
  }
  const shared = Object.keys(first!.env).filter((name) => first!.env[name] === second!.env[name]);
  expect(shared.sort()).toEqual(['DOCKER_CONFIG', 'LC_ALL', 'NETRC', 'RB_STORE']);
  expect(Object.keys(first!.env)).toEqual(
    expect.arrayContaining(['HOME', 'LANG', 'RB_CACHE_DIR', 'TMPDIR', 'TZ', 'XDG_CACHE_HOME']),
  );
  expect(first!.env['RB_STORE']).toBe(join(folder, 'cache/store'));
  expect(Math.floor(times[0]! / 1000)).toBeLessThan(Math.floor(times[1]! / 1000));
  expect(here()).toEqual([]);
});

it('names the paths that differ, and inputs that have moved', async () => {
  const bake: VerifyOptions['bake'] = async ({ name, output, cwd }) => {
    writeFileSync(join(cwd, 'motd'), `baked as the ${name}\n`);
    for (const path of [join(cwd, 'motd'), cwd]) utimesSync(path, 1, 1);
    await mkfs({ source: { dir: cwd }, size: 8 << 20 }, { path: output });
    const versions = { gawk: name === 'first' ? '1' : '2' };
    const inputs = [
      { kind: 'deb', name: 'gawk', versions, files: [] },
      { kind: 'deb', name: 'sed', files: [] },
    ];
    return { sha256: sha256(readFileSync(output)), inputs };
  };
  const result = await run({ bake });
  expect(result).toMatchObject({
    equal: false,
    inputs: ['deb gawk'],
    differences: [{ path: '/motd', change: 'changed', aspects: ['content'] }],
    blocks: [],
  });
  expect(here()).toEqual([]);
});

it('leaves both images where it is told, and nowhere else', async () => {
  const keep = join(folder, 'both');
  const bake = writing(() => Buffer.from('image'));
  const { images } = await run({ bake, keep });
  expect(images).toEqual([join(keep, 'first.img'), join(keep, 'second.img')]);
  expect(images!.map((path) => readFileSync(path, 'utf8'))).toEqual(['image', 'image']);
  expect(here()).toEqual(['both']);
  await expect(run({ bake, keep })).rejects.toMatchObject({ code: 'RB_OUTPUT_EXISTS' });
  const nowhere = join(folder, 'nope/both');
  await expect(run({ bake, keep: nowhere })).rejects.toMatchObject({ code: 'RB_OUTPUT_UNWRITABLE' });
});

it.each<[string, (keep: string) => void]>([
  ['a folder that holds something', (keep) => mkdirSync(join(keep, 'x'), { recursive: true })],
  ['a file', (keep) => writeFileSync(keep, 'x')],
  ['a link that leads nowhere', (keep) => symlinkSync('absent', keep)],
])('leaves %s that has come meanwhile as it is, and nothing beside', async (_, make) => {
  const keep = join(folder, 'both');
  let bakes = 0;
  const bake = writing(() => {
    bakes += 1;
    if (bakes === 2) make(keep);
    return Buffer.from('the same');
  });
  const refusal = { code: 'RB_OUTPUT_EXISTS', message: `${keep} exists already` };
  await expect(run({ bake, keep })).rejects.toMatchObject(refusal);
  expect(here()).toEqual(['both']);
  await expect(run({ bake, keep })).rejects.toMatchObject(refusal);
  expect(bakes).toBe(2);
});

it('says which bake has failed, and leaves nothing', async () => {
  const keep = join(folder, 'both');
  const bake: VerifyOptions['bake'] = async (surroundings) => {
    if (surroundings.name === 'second') throw new RootlessBakeError('RB_SCRIPT_FAILED', 'it failed');
    return await writing(() => Buffer.from('image'))(surroundings, () => {});
  };
  await expect(run({ bake, keep })).rejects.toMatchObject({
    code: 'RB_SCRIPT_FAILED',
    message: 'second bake: it failed',
  });
  expect(here()).toEqual([]);
});

it('tells on what the bakes tell, each under its name', async () => {
  const host = testHost();
  const bake: VerifyOptions['bake'] = async (surroundings, emit) => {
    emit({ type: 'step-start', step: 'kernel' });
    emit({ type: 'message', level: 'warning', text: 'mind' });
    return await writing(() => Buffer.from('image'))(surroundings, emit);
  };
  await run({ bake }, host);
  const steps = host.events.flatMap((event) => (event.type === 'step-start' ? [event.step] : []));
  expect(steps).toEqual(['first bake', 'first: kernel', 'second bake', 'second: kernel']);
  expect(host.events).toContainEqual({ type: 'message', level: 'warning', text: 'mind' });
});

it('ends between the bakes when it is interrupted', async () => {
  const host = testHost();
  const bake = writing(() => {
    host.controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'interrupted'));
    return Buffer.from('image');
  });
  await expect(run({ bake }, host)).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
  expect(here()).toEqual([]);
});
