import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { fetchDebianPackage } from '../../src/sources/apt/index.ts';
import { readDebianPackage } from '../../src/sources/deb.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { memorySink } from '../../src/tree/content.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { findUser, folderOf, ordinaryUser, startAs, type User } from '../support/users.ts';

/** Small, and in every Debian and Ubuntu. */
const PACKAGE = 'hostname';

/** A proxy that nobody serves: with it in the environment, every download fails. */
const NO_NETWORK = { http_proxy: 'http://127.0.0.1:9/', https_proxy: 'http://127.0.0.1:9/' };

oracle({ tools: ['apt-get', 'apt-cache', 'dpkg-deb'] })('apt', () => {
  let cacheDirectory: string;

  beforeAll(() => {
    cacheDirectory = folderOf(ordinaryUser());
  });

  afterAll(() => rmSync(cacheDirectory, { recursive: true }));

  const hostWith = (env: Record<string, string> = {}) =>
    testHost({ cacheDirectory, env: { ...process.env, ...env } }).host;

  test('fetches the candidate, checked by its sha256, and nothing stays beside it', async () => {
    const { name, version, path } = await fetchDebianPackage(PACKAGE, hostWith());
    const field = (key: string) => judge('dpkg-deb', ['-f', path, key]).trim();
    expect([name, version]).toEqual([field('Package'), field('Version')]);
    expect(judge('apt-cache', ['show', `${PACKAGE}=${version}`])).toContain(sha256(path));
    expect(readdirSync(join(cacheDirectory, 'debs'))).toEqual([path.split('/').at(-1)]);
  });

  test('needs no network for a package in the cache, and fetches a damaged one again', async () => {
    const { path } = await fetchDebianPackage(PACKAGE, hostWith());
    const whole = sha256(path);
    expect((await fetchDebianPackage(PACKAGE, hostWith(NO_NETWORK))).path).toBe(path);
    truncateSync(path, 100);
    const offline = fetchDebianPackage(PACKAGE, hostWith(NO_NETWORK));
    await expect(offline).rejects.toMatchObject({
      code: 'RB_APT_FAILED',
      exitCode: 3,
      message: expect.stringContaining('127.0.0.1'),
    });
    await fetchDebianPackage(PACKAGE, hostWith());
    expect(sha256(path)).toBe(whole);
  });

  test('reads a package as dpkg-deb extracts it', async () => {
    const { tree, control, path } = await readDebianPackage(PACKAGE, memorySink, sourceMeans(hostWith()));
    const folder = join(cacheDirectory, 'extracted');
    mkdirSync(folder);
    judge('dpkg-deb', ['-x', path, folder]);
    // An ordinary user extracts as himself, and directories' times end with what was put into them last.
    const kept = (lines: Map<string, string>) =>
      new Map(
        [...lines].map(([key, line]) => [
          key,
          line.replace(/ \d+:\d+ /, ' ').replace(/^(directory.*) mtime=\d+/, '$1'),
        ]),
      );
    expect(differences(kept(describeTree(tree)), kept(describeFolder(folder)))).toEqual([]);
    expect(judge('dpkg-deb', ['-f', path, 'Architecture']).trim()).toBe(control.get('Architecture'));
    rmSync(folder, { recursive: true });
  });

  test('a kernel metapackage leads to the package with the kernel', async () => {
    const { name, version } = await fetchDebianPackage('linux-image-cloud-amd64', hostWith());
    const depends = judge('apt-cache', ['show', '--no-all-versions', 'linux-image-cloud-amd64']);
    expect(name).toMatch(/^linux-image-\d.*cloud-amd64$/);
    expect(depends).toContain(`${name} (= ${version})`);
  });

  test('looks for an unknown package in fresh lists, and then gives up', async () => {
    const { host, events } = testHost({ cacheDirectory: join(cacheDirectory, 'own') });
    const unknown = fetchDebianPackage('no-such-package-anywhere', host);
    await expect(unknown).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND', exitCode: 2 });
    expect(events.map((event) => event.type === 'message' && event.text)).toEqual([
      'fetching package lists for no-such-package-anywhere',
    ]);
    expect(readdirSync(join(cacheDirectory, 'own/apt')).sort()).toEqual(['lists-1', 'machine-cache']);
  });

  test('refuses what is no name, and options', async () => {
    for (const name of ['-o', 'a b', '../x', 'UPPER', '']) {
      await expect(fetchDebianPackage(name, hostWith())).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
    }
  });

  test('a machine without apt is told of .deb files', async () => {
    const error = fetchDebianPackage(PACKAGE, hostWith({ PATH: cacheDirectory }));
    await expect(error).rejects.toMatchObject({
      code: 'RB_APT_MISSING',
      exitCode: 2,
      hint: expect.stringContaining('.deb'),
    });
  });

  test('stops when the run is aborted, and leaves nothing', async () => {
    const { host, controller } = testHost({ cacheDirectory: join(cacheDirectory, 'aborted') });
    setTimeout(() => controller.abort(), 150);
    await expect(fetchDebianPackage(PACKAGE, host)).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    expect(readdirSync(join(cacheDirectory, 'aborted/debs'))).toEqual([]);
  });
});

oracle({ tools: ['apt-get', 'apt-cache', 'setpriv'], root: true })('apt for ordinary users', () => {
  const users = ['baker', 'chef'].map(findUser).filter((user) => user !== undefined);

  let script: string;

  beforeEach(() => {
    const { root } = inject('product');
    script = `
      import { fetchDebianPackage } from '${root}/dist/sources/apt/index.js';
      const { signal } = new AbortController();
      const host = { env: process.env, signal, cacheDirectory: process.argv[1], emit() {} };
      console.log((await fetchDebianPackage('${PACKAGE}', host)).path);
    `;
  });

  /** Runs the script and gives the path that it prints. */
  function fetchAs(user: User, cache: string): Promise<string> {
    const child = startAs(user, [process.execPath, '--input-type=module', '-e', script, cache]);
    let output = '';
    let errors = '';
    child.stdout!.on('data', (part: Buffer) => (output += part));
    child.stderr!.on('data', (part: Buffer) => (errors += part));
    return new Promise((resolve, reject) => {
      child.on('close', (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(errors))));
    });
  }

  test('several at once, with one cache', async () => {
    expect(users.length).toBeGreaterThan(0);
    for (const user of users) {
      const cache = folderOf(user);
      try {
        const paths = await Promise.all([1, 2, 3].map(() => fetchAs(user, cache)));
        expect(new Set(paths).size).toBe(1);
        expect(readdirSync(join(cache, 'debs'))).toEqual([paths[0]!.split('/').at(-1)]);
        judge('dpkg-deb', ['-I', paths[0]!]);
      } finally {
        rmSync(cache, { recursive: true });
      }
    }
  });

  test('a cache that cannot be written is an error', async () => {
    const cache = folderOf(users[0]!);
    chmodSync(cache, 0o500);
    await expect(fetchAs(users[0]!, cache)).rejects.toThrow(/RB_OUTPUT_UNWRITABLE/);
    rmSync(cache, { recursive: true });
  });
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
