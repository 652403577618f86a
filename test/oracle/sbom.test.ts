import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Component } from '../../src/sbom/component.ts';
import { componentsOf } from '../../src/sbom/components.ts';
import { makeSbom } from '../../src/sbom/sbom.ts';
import { readDirectory } from '../../src/sources/directory.ts';
import { Tree } from '../../src/tree/tree.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { ApkOracle } from '../support/apk-oracle.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { cyclonedxFaults, type SpdxDocument, spdxFaults } from '../support/sbom-judges.ts';

const FORMATS = { spdx: spdxFaults, cyclonedx: cyclonedxFaults } as const;

async function hostTree(folders: readonly string[], root = ''): Promise<Tree> {
  const tree = new Tree();
  for (const folder of folders) {
    const read = await readDirectory(nodeFs, join(root, folder), { owner: '0:0', origin: 'base' });
    tree.set(folder, read.root);
  }
  return tree;
}

async function faultsOf(tree: Tree, format: keyof typeof FORMATS, files = false): Promise<unknown> {
  const root = { tree, sha256: 'ab'.repeat(32), epoch: 0 };
  const text = await makeSbom(root, { format, name: 'oracle', files }, testHost().host);
  return FORMATS[format](JSON.parse(text) as SpdxDocument);
}

/** All packages but a few that cannot be together with others. */
function installMost(apk: ApkOracle, names: readonly string[]): void {
  const add = ['add', '--no-scripts', '--repositories-file', '/dev/null', '-X', '/repository'];
  if (apk.run([...add, ...names]) !== undefined || names.length < 2) return;
  const half = Math.ceil(names.length / 2);
  installMost(apk, names.slice(0, half));
  installMost(apk, names.slice(half));
}

oracle({ root: true, tools: ['chroot'], files: [ALPINE] })('what apk says is installed', () => {
  let apk: ApkOracle;
  let tree: Tree;
  beforeAll(async () => {
    apk = new ApkOracle();
    installMost(apk, apk.packageNames());
    tree = await hostTree(['/etc', '/lib', '/bin', '/sbin', '/usr'], apk.root);
  });
  afterAll(() => apk.remove());

  test('is what the bill says: name, version, architecture, source and licence', async () => {
    const lines = apk.run(['list', '--installed'])!.trim().split('\n').sort();
    const said = (await componentsOf(tree, [], testHost().host)).map(
      ({ name, version, architecture, source, license }) => {
        const [other] = license?.others ?? [];
        const words = other ? license?.expression.replaceAll('LicenseRef-', '') : license?.expression;
        return `${name}-${version} ${architecture} {${source?.name}} (${words}) [installed]`;
      },
    );
    const plain = (line: string) =>
      line.replace(/-WITH-([\w-]+)-[0-9a-f]{8}/, ' WITH $1').replace(/\( (.+) \)(?=\))/, '($1)');
    expect(said.map(plain).sort()).toEqual(lines.map(plain));
    expect(lines.length).toBeGreaterThan(60);
  });

  test.each(['spdx', 'cyclonedx'] as const)('makes valid documents: %s', async (format) => {
    expect(await faultsOf(tree, format)).toEqual([]);
    expect(await faultsOf(tree, format, true)).toEqual([]);
  });
});

oracle({ tools: ['dpkg-query'], files: ['/var/lib/dpkg/status'] })('what dpkg says is there', () => {
  let tree: Tree;
  beforeAll(async () => {
    tree = await hostTree(['/etc', '/var/lib/dpkg', '/usr/share/doc']);
  });

  test('is what the bill says: name, version, architecture and source', async () => {
    const fields = [
      'db:Status-Status',
      'Package',
      'Version',
      'Architecture',
      'source:Package',
      'source:Version',
    ];
    const format = `${fields.map((field) => `\${${field}}`).join(' ')}\n`;
    const lines = judge('dpkg-query', ['-W', `-f=${format}`])
      .trim()
      .split('\n');
    const there = lines.filter((line) => !/^(?:config-files|not-installed) /.test(line));
    const said = (await componentsOf(tree, [], testHost().host)).map(describeComponent);
    expect(said.sort()).toEqual(there.map((line) => line.replace(/^\S+ /, '')).sort());
    expect(said.length).toBeGreaterThan(50);
  });

  test.each(['spdx', 'cyclonedx'] as const)('makes valid documents: %s', async (format) => {
    expect(await faultsOf(tree, format)).toEqual([]);
  });
});

function describeComponent({ name, version, architecture, source }: Component): string {
  return `${name} ${version} ${architecture} ${source?.name} ${source?.version}`;
}
