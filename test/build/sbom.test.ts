import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bake } from '../../src/index.ts';
import { debianPackage } from '../support/ar-archive.ts';
import { installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { cyclonedxFaults, spdxFaults } from '../support/sbom-judges.ts';
import { alpineRoot } from '../support/sbom-roots.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-bill-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A package with the boot loader that is installed here. */
function bootloaderPackage(): string {
  const file = (name: string, path: string) => ({ name, body: readFileSync(path, 'latin1') });
  const control = 'Package: extlinux\nVersion: 3:6.04-1\nArchitecture: amd64\nSource: syslinux\n';
  const deb = debianPackage([
    ['control.tar', tarBlocks([{ name: 'control', body: control }])],
    [
      'data.tar',
      tarBlocks([file('usr/bin/extlinux', findTool('extlinux')!), file(MBR_CODE.slice(1), MBR_CODE)]),
    ],
  ]);
  const path = join(folder, 'extlinux.deb');
  writeFileSync(path, deb);
  return path;
}

oracle({ tools: ['extlinux'], files: [MBR_CODE, '/bin/busybox'] })(
  'the bill of materials of an image',
  () => {
    test('has the packages of its root and those that it boots, when it is baked and when it was kept', async () => {
      writeFileSync(join(folder, 'os-release'), 'ID=alpine\nVERSION_ID=3.19.4\n');
      const database = alpineRoot().get('/lib/apk/db/installed');
      if (database?.type !== 'file') throw new Error('the root has no database');
      writeFileSync(join(folder, 'installed'), database.content.bytes!);
      const cake = {
        name: 'bill',
        cook: {
          base: { empty: true as const },
          contents: [
            { file: join(folder, 'installed'), to: '/lib/apk/db/installed' },
            { file: join(folder, 'os-release'), to: '/etc/os-release' },
          ],
        },
        bake: {
          ...installedBakeOptions(32 << 20),
          busybox: { path: '/bin/busybox' },
          bootloader: { deb: bootloaderPackage() },
        },
      };
      const run = async (name: string) => {
        const [spdx, cyclonedx] = ['spdx', 'cdx'].map((kind) => join(folder, `${name}.${kind}.json`));
        const { sha256, times } = await bake(cake, {
          env: {},
          cacheDirectory: join(folder, 'cache'),
          output: join(folder, 'bill.img'),
          force: true,
          sboms: [{ path: spdx! }, { path: cyclonedx! }],
        });
        const texts = [spdx!, cyclonedx!].map((path) => readFileSync(path, 'utf8'));
        return { sha256, texts, steps: times.map(({ step }) => step) };
      };
      const first = await run('first');
      const [spdx, cyclonedx] = first.texts.map((text) => JSON.parse(text));
      expect(spdxFaults(spdx)).toEqual([]);
      expect(cyclonedxFaults(cyclonedx)).toEqual([]);
      expect(spdx.packages.map(({ name }: { name: string }) => name)).toEqual([
        'bill',
        'alpine',
        'busybox',
        'libc-utils',
        'odd+name',
        'extlinux',
      ]);
      expect(cyclonedx.metadata.component.hashes).toEqual([{ alg: 'SHA-256', content: first.sha256 }]);
      expect(cyclonedx.components.at(-1)).toMatchObject({
        purl: 'pkg:deb/debian/extlinux@3:6.04-1?arch=amd64',
        hashes: [{ alg: 'SHA-256', content: expect.any(String) }],
      });
      const second = await run('second');
      expect(second.steps).toContain('kept image');
      expect(second.texts).toEqual(first.texts);
    });
  },
);
