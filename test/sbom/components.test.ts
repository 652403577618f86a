import { describe, expect, test } from 'vitest';
import { parsePackageName } from '../../src/formats/nix/package-name.ts';
import { debComponent, nixComponent } from '../../src/sbom/brought.ts';
import type { Component } from '../../src/sbom/component.ts';
import { componentsOf } from '../../src/sbom/components.ts';
import { distributionOf } from '../../src/sbom/distribution.ts';
import { packageUrl } from '../../src/sbom/purl.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { alpineRoot, debianRoot, withFiles } from '../support/sbom-roots.ts';

const listed = (tree: Tree, brought: readonly Component[] = []): Promise<Component[]> =>
  componentsOf(tree, brought, testHost().host);

async function purls(tree: Tree): Promise<string[]> {
  return (await listed(tree)).map((component) => packageUrl(component, distributionOf(tree)));
}

describe('components', () => {
  test('of apk’s database', async () => {
    expect(await listed(alpineRoot())).toEqual([
      {
        type: 'apk',
        name: 'busybox',
        version: '1.36.1-r15',
        architecture: 'x86_64',
        license: { expression: 'GPL-2.0-only', others: [] },
        maintainer: { name: 'Sören Tempel', email: 'soeren+alpine@soeren-tempel.net' },
        homepage: 'https://busybox.net/',
        source: { name: 'busybox', commit: 'f0ea4ee8bd0bc9b6d5a3e6fd7ae3b3f1f5c8a1d2' },
        origin: 'package busybox-1.36.1-r15',
      },
      expect.objectContaining({ name: 'libc-utils', architecture: 'noarch', source: { name: 'libc-dev' } }),
      expect.objectContaining({
        name: 'odd+name',
        license: expect.objectContaining({ expression: 'LicenseRef-custom' }),
      }),
    ]);
    expect(await purls(alpineRoot())).toEqual([
      'pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64&distro=alpine-3.19.4',
      'pkg:apk/alpine/libc-utils@0.7.2-r5?arch=noarch&distro=alpine-3.19.4',
      'pkg:apk/alpine/odd%2Bname@1:2.0_rc1-r0?arch=x86_64&distro=alpine-3.19.4',
    ]);
  });

  test('of dpkg’s database: what is there, with licences where they can be read', async () => {
    const components = await listed(debianRoot());
    expect(components.map(({ name, architecture }) => `${name} ${architecture}`)).toEqual([
      'bash amd64',
      'libc6 amd64',
      'libc6 i386',
      'tzdata all',
    ]);
    expect(components[0]).toMatchObject({
      version: '5.2.15-2+b7',
      source: { name: 'bash', version: '5.2.15-2' },
      license: {
        expression: 'GPL-3.0-or-later AND (GFDL-1.3-no-invariants-or-later OR LicenseRef-public-domain)',
      },
    });
    expect(components[1]).toMatchObject({ source: { name: 'glibc', version: '2.36-9+deb12u10' } });
    expect(components[1]).not.toHaveProperty('license');
    expect((await purls(debianRoot()))[0]).toBe(
      'pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12',
    );
  });

  test('that contents brought: a .deb below a folder, a store path', async () => {
    const tree = withFiles(alpineRoot(), {
      '/opt/usr/share/doc/gawk/copyright': 'Format: copyright-format/1.0\n\nFiles: *\nLicense: GPL-3+\n',
    });
    const control = new Map([
      ['Package', 'gawk'],
      ['Version', '1:5.2.1-2'],
      ['Architecture', 'amd64'],
      ['Maintainer', 'Adrian Bunk <bunk@debian.org>'],
    ]);
    const store = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-';
    const brought = [
      nixComponent({ path: `${store}gawk-5.2.1-man`, narHash: 'ab'.repeat(32) }),
      debComponent({ control, to: '/opt/', sha256: 'cd'.repeat(32) }),
      debComponent({ control, to: '/opt/' }),
    ];
    const components = (await listed(tree, brought)).slice(3);
    expect(JSON.parse(JSON.stringify(components))).toEqual([
      expect.objectContaining({
        type: 'deb',
        name: 'gawk',
        license: { expression: 'GPL-3.0-or-later', others: [] },
        sha256: 'cd'.repeat(32),
        origin: 'package gawk-1:5.2.1-2',
      }),
      {
        type: 'nix',
        name: 'gawk',
        version: '5.2.1-man',
        path: `${store}gawk-5.2.1-man`,
        sha256: 'ab'.repeat(32),
        origin: 'nix gawk-5.2.1-man',
      },
    ]);
    expect(components.map((component) => packageUrl(component, distributionOf(tree)))).toEqual([
      'pkg:deb/debian/gawk@1:5.2.1-2?arch=amd64',
      'pkg:generic/gawk@5.2.1-man',
    ]);
  });

  test('of a root without databases: none', async () => {
    expect(await listed(new Tree())).toEqual([]);
    expect(distributionOf(new Tree())).toBeUndefined();
  });
});

describe('os-release', () => {
  test.each([
    [
      `ID='debian'\nVERSION_ID="12"\nPRETTY_NAME="a \\"b\\""\n`,
      { id: 'debian', version: '12', title: 'a "b"' },
    ],
    [`# ID=x\n ID=Arch \n`, { id: 'arch', version: '', title: 'arch' }],
    ['ID="../x"\n', undefined],
    ['NAME=x\n', undefined],
  ])('%j', (text, expected) => {
    expect(distributionOf(withFiles(new Tree(), { '/etc/os-release': text }))).toEqual(expected);
  });
});

describe('names of Nix packages', () => {
  test.each([
    ['gawk-5.2.1', 'gawk', '5.2.1'],
    ['gawk-with-extras-5.2.1-man', 'gawk-with-extras', '5.2.1-man'],
    ['hello', 'hello', ''],
    ['a-', 'a-', ''],
    ['gcc-wrapper-13.2.0', 'gcc-wrapper', '13.2.0'],
    ['x--y', 'x', '-y'],
    ['python3.11-foo-1', 'python3.11-foo', '1'],
  ])('%s', (text, name, version) => {
    expect(parsePackageName(text)).toEqual({ name, version });
  });
});
