import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { fetchAptPackage, findAptPackages } from '../../src/sources/apt/index.ts';
import { readAptPackages, readDebianPackage } from '../../src/sources/deb.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { Pins } from '../../src/sources/pins.ts';
import { memorySink } from '../../src/tree/content.ts';
import { aptClosure } from '../support/apt-closure.ts';
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

  const meansWith = (env: Record<string, string> = {}) => sourceMeans(hostWith(env));

  test('finds the candidate, and keeps it in the store by its sha256', async () => {
    const means = meansWith();
    const [found, ...others] = await findAptPackages(PACKAGE, false, means);
    const { path } = await fetchAptPackage(found!, means);
    const field = (key: string) => judge('dpkg-deb', ['-f', path, key]).trim();
    expect(others).toEqual([]);
    expect([found!.name, found!.version]).toEqual([field('Package'), field('Version')]);
    const { sha256, size } = found!.file;
    expect([sha256, size]).toEqual([digest(path), readFileSync(path).length]);
    expect(judge('apt-cache', ['show', `${PACKAGE}=${found!.version}`])).toContain(sha256);
    expect(readdirSync(join(cacheDirectory, 'apt')).filter((name) => name.startsWith('download-'))).toEqual(
      [],
    );
  });

  test('leaves nothing that listens to the signal of the run', async () => {
    const host = hostWith();
    await findAptPackages(PACKAGE, false, sourceMeans(host));
    expect(getEventListeners(host.signal, 'abort')).toEqual([]);
  });

  test('needs no network for a package in the store, and fetches a damaged one again', async () => {
    const [found] = await findAptPackages(PACKAGE, false, meansWith());
    const { path } = await fetchAptPackage(found!, meansWith());
    expect((await fetchAptPackage(found!, meansWith(NO_NETWORK))).path).toBe(path);
    chmodSync(path, 0o644);
    truncateSync(path, 100);
    await expect(findAptPackages(PACKAGE, false, meansWith(NO_NETWORK))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('127.0.0.1'),
    });
    expect(digest((await fetchAptPackage(found!, meansWith())).path)).toBe(found!.file.sha256);
  });

  test('what has no http URL is fetched by apt, in the very version', async () => {
    const [found] = await findAptPackages(PACKAGE, false, meansWith());
    const { store } = meansWith();
    for (const url of ['mirror+file:/etc/apt/mirrors.txt/pool/x.deb', 'http://127.0.0.1:9/x.deb']) {
      store.drop(found!.file.sha256);
      const { path } = await fetchAptPackage({ ...found!, file: { ...found!.file, url } }, meansWith());
      expect(digest(path)).toBe(found!.file.sha256);
    }
    store.drop(found!.file.sha256);
    const gone = { ...found!, version: '0.0.1', file: { ...found!.file, url: 'cdrom://x' } };
    await expect(fetchAptPackage(gone, meansWith())).rejects.toMatchObject({ code: 'RB_APT_FAILED' });
  });

  test('a closure is what apt itself would install into an empty root', async () => {
    const means = meansWith();
    const packages = await readAptPackages('gawk', true, memorySink, means);
    const wanted = aptClosure('gawk').map(({ name, version }) => `${name} ${version}`);
    expect(wanted.length).toBeGreaterThan(5);
    expect(packages.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(wanted.sort());
    const known = await means.pins.used();
    const offline = { ...hostWith(NO_NETWORK), offline: true };
    const again = await readAptPackages('gawk', true, memorySink, sourceMeans(offline, new Pins({ known })));
    expect(again.map(({ sha256 }) => sha256)).toEqual(packages.map(({ sha256 }) => sha256));
  });

  test('a file that is not the one of the lock is refused', async () => {
    const means = meansWith();
    const { path } = await fetchAptPackage((await findAptPackages(PACKAGE, false, means))[0]!, means);
    const copy = join(cacheDirectory, 'copy.deb');
    writeFileSync(copy, readFileSync(path));
    const first = sourceMeans(hostWith(), new Pins({ folder: cacheDirectory }));
    const { sha256, version } = await readDebianPackage(copy, memorySink, first);
    const known = await first.pins.used();
    expect(known).toMatchObject([
      {
        kind: 'deb',
        name: 'copy.deb',
        versions: { [PACKAGE]: version },
        files: [{ url: 'copy.deb', sha256 }],
      },
    ]);
    writeFileSync(copy, Buffer.concat([readFileSync(path), Buffer.from('\n')]));
    const locked = sourceMeans(hostWith(), new Pins({ folder: cacheDirectory, known }));
    await expect(readDebianPackage(copy, memorySink, locked)).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
    });
    rmSync(copy);
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
    const [found] = await findAptPackages('linux-image-cloud-amd64', false, meansWith());
    const depends = judge('apt-cache', ['show', '--no-all-versions', 'linux-image-cloud-amd64']);
    expect(found!.name).toMatch(/^linux-image-\d.*cloud-amd64$/);
    expect(depends).toContain(`${found!.name} (= ${found!.version})`);
  });

  test('looks for an unknown package in fresh lists, and then gives up', async () => {
    const { host, events } = testHost({ cacheDirectory: join(cacheDirectory, 'own') });
    const unknown = findAptPackages('no-such-package-anywhere', false, sourceMeans(host));
    await expect(unknown).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND', exitCode: 2 });
    expect(events.map((event) => event.type === 'message' && event.text)).toEqual([
      'fetching package lists for no-such-package-anywhere',
    ]);
    expect(readdirSync(join(cacheDirectory, 'own/apt')).sort()).toEqual(['lists-1', 'machine-cache']);
  });

  test('refuses what is no name, and options', async () => {
    for (const name of ['-o', 'a b', '../x', 'UPPER', '']) {
      await expect(findAptPackages(name, false, meansWith())).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
    }
  });

  test('a machine without apt is told of .deb files', async () => {
    const error = findAptPackages(PACKAGE, false, meansWith({ PATH: cacheDirectory }));
    await expect(error).rejects.toMatchObject({
      code: 'RB_APT_MISSING',
      exitCode: 2,
      hint: expect.stringContaining('.deb'),
    });
  });

  test('stops when the run is aborted, and leaves nothing', async () => {
    const { host, controller } = testHost({ cacheDirectory: join(cacheDirectory, 'aborted') });
    setTimeout(() => controller.abort(), 50);
    await expect(findAptPackages(PACKAGE, false, sourceMeans(host))).rejects.toMatchObject({
      code: 'RB_INTERRUPTED',
    });
    const left = readdirSync(join(cacheDirectory, 'aborted/apt')).filter((name) =>
      name.startsWith('download-'),
    );
    expect(left).toEqual([]);
  });
});

oracle({ tools: ['apt-get', 'apt-cache', 'setpriv'], root: true })('apt for ordinary users', () => {
  const users = ['baker', 'chef'].map(findUser).filter((user) => user !== undefined);

  let script: string;

  beforeEach(() => {
    const { root } = inject('product');
    script = `
      import { fetchAptPackage, findAptPackages } from '${root}/dist/sources/apt/index.js';
      import { sourceMeans } from '${root}/dist/sources/means.js';
      import { nodeHost } from '${root}/dist/node-host.js';
      const means = sourceMeans(nodeHost({ cacheDirectory: process.argv[1] }));
      const [found] = await findAptPackages('${PACKAGE}', false, means);
      console.log((await fetchAptPackage(found, means)).path);
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
        judge('dpkg-deb', ['-I', paths[0]!]);
        expect(readdirSync(join(cache, 'apt')).filter((name) => name.startsWith('download-'))).toEqual([]);
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

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
