import { describe, expect, test } from 'vitest';
import { nixComponent } from '../../src/sbom/brought.ts';
import { makeSbom, type SbomFormat, type SbomOptions, type SbomRoot } from '../../src/sbom/sbom.ts';
import { TOOL } from '../../src/sbom/tool.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { cyclonedxFaults, spdxFaults } from '../support/sbom-judges.ts';
import { alpineRoot, debianRoot, withFiles } from '../support/sbom-roots.ts';

const SHA256 = '0123456789abcdef'.repeat(4);
const FORMATS = ['spdx', 'cyclonedx'] as const;

const STORE = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-';
const BROUGHT = ['gawk-5.2.1', 'gawk-5.2.1-man', 'glibc', 'odd-1.0+a?b'].map((name) =>
  nixComponent({ path: `${STORE}${name}`, narHash: SHA256 }),
);

const ROOTS: Readonly<Record<string, () => Partial<SbomRoot>>> = {
  alpine: () => ({ tree: alpineRoot() }),
  debian: () => ({ tree: debianRoot() }),
  mixed: () => ({
    tree: withFiles(alpineRoot(), { [`${STORE}gawk-5.2.1/bin/gawk`]: 'gawk' }, 'nix gawk-5.2.1'),
    brought: BROUGHT,
  }),
  empty: () => ({ tree: new Tree() }),
};

async function text(root: Partial<SbomRoot>, options: Partial<SbomOptions>): Promise<string> {
  const whole = { tree: new Tree(), sha256: SHA256, epoch: 1_700_000_000, ...root };
  return await makeSbom(whole, { format: 'spdx', name: 'test', ...options }, testHost().host);
}

// biome-ignore lint/suspicious/noExplicitAny: documents of many shapes, looked into by tests alone.
async function parsed(root: Partial<SbomRoot>, options: Partial<SbomOptions>): Promise<any> {
  return JSON.parse(await text(root, options));
}

function faults(format: SbomFormat, document: unknown): unknown {
  return format === 'spdx' ? spdxFaults(document) : cyclonedxFaults(document);
}

describe.each(FORMATS)('%s', (format) => {
  test.each(Object.keys(ROOTS))('is valid: %s', async (name) => {
    const root = ROOTS[name]!();
    expect(faults(format, await parsed(root, { format }))).toEqual([]);
    expect(faults(format, await parsed(root, { format, files: true }))).toEqual([]);
  });

  test('equal roots give equal bytes, another root, name or list of files another document', async () => {
    const first = await text(ROOTS['mixed']!(), { format });
    expect(await text(ROOTS['mixed']!(), { format })).toBe(first);
    const identity = (document: string) =>
      JSON.parse(document)[format === 'spdx' ? 'documentNamespace' : 'serialNumber'] as string;
    const others = [
      await text({ ...ROOTS['mixed']!(), sha256: SHA256.replace('0', '1') }, { format }),
      await text({ ...ROOTS['mixed']!(), brought: [] }, { format }),
      await text(ROOTS['mixed']!(), { format, name: 'other' }),
      await text(ROOTS['mixed']!(), { format, files: true }),
    ];
    expect(new Set([first, ...others].map(identity)).size).toBe(5);
  });

  test('the judge finds what is wrong', async () => {
    const document = await parsed(ROOTS['alpine']!(), { format });
    const list = format === 'spdx' ? 'packages' : 'components';
    expect(faults(format, { ...document, extra: 1 })).not.toEqual([]);
    expect(faults(format, { ...document, [list]: [{ name: 'x' }] })).not.toEqual([]);
  });
});

describe('SPDX', () => {
  test('the root is what the document describes', async () => {
    const { packages, relationships, ...document } = await parsed(ROOTS['alpine']!(), {});
    expect(document).toEqual({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'test',
      documentNamespace: expect.stringMatching(/^https:\/\/spdx\.org\/spdxdocs\/test-[0-9a-f]{64}$/),
      creationInfo: { created: '2023-11-14T22:13:20Z', creators: [`Tool: rootless-bake-${TOOL.version}`] },
      hasExtractedLicensingInfos: [
        {
          licenseId: 'LicenseRef-custom',
          name: 'custom',
          extractedText: expect.stringContaining('"custom"'),
        },
      ],
    });
    expect(packages[0]).toMatchObject({
      SPDXID: 'SPDXRef-root',
      name: 'test',
      checksums: [{ algorithm: 'SHA256', checksumValue: SHA256 }],
    });
    expect(packages[2]).toEqual({
      SPDXID: 'SPDXRef-apk-busybox-1.36.1-r15',
      name: 'busybox',
      versionInfo: '1.36.1-r15',
      supplier: 'Person: Sören Tempel (soeren+alpine@soeren-tempel.net)',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
      homepage: 'https://busybox.net/',
      sourceInfo: 'built from the source package busybox, commit f0ea4ee8bd0bc9b6d5a3e6fd7ae3b3f1f5c8a1d2',
      licenseDeclared: 'GPL-2.0-only',
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: 'pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64&distro=alpine-3.19.4',
        },
      ],
    });
    const lines = relationships.map(
      (each: Record<string, string>) =>
        `${each['spdxElementId']} ${each['relationshipType']} ${each['relatedSpdxElement']}`,
    );
    expect(lines).toEqual([
      'SPDXRef-DOCUMENT DESCRIBES SPDXRef-root',
      'SPDXRef-root CONTAINS SPDXRef-distribution',
      'SPDXRef-root CONTAINS SPDXRef-apk-busybox-1.36.1-r15',
      'SPDXRef-root CONTAINS SPDXRef-apk-libc-utils-0.7.2-r5',
      'SPDXRef-root CONTAINS SPDXRef-apk-odd-name-1-2.0-rc1-r0',
    ]);
  });

  test('teams are organisations', async () => {
    const { packages } = await parsed(ROOTS['debian']!(), {});
    const suppliers = new Set(packages.map(({ supplier }: { supplier: string }) => supplier));
    expect([...suppliers]).toEqual([
      'NOASSERTION',
      'Person: Matthias Klose (doko@debian.org)',
      'Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)',
    ]);
  });
});

describe('CycloneDX', () => {
  test('the root is the main component, and packages have what is known of them', async () => {
    const { metadata, components, dependencies } = await parsed(ROOTS['debian']!(), { format: 'cyclonedx' });
    expect(metadata).toEqual({
      timestamp: '2023-11-14T22:13:20Z',
      tools: { components: [{ type: 'application', ...TOOL }] },
      component: {
        type: 'operating-system',
        'bom-ref': 'root',
        name: 'test',
        version: `sha256:${SHA256}`,
        hashes: [{ alg: 'SHA-256', content: SHA256 }],
      },
    });
    expect(components[0]).toEqual({
      type: 'operating-system',
      name: 'debian',
      version: '12',
      description: 'Debian GNU/Linux 12 (bookworm)',
    });
    expect(components[1]).toMatchObject({
      type: 'library',
      'bom-ref': 'deb-bash-5.2.15-2-b7-amd64',
      supplier: { name: 'Matthias Klose', contact: [{ name: 'Matthias Klose', email: 'doko@debian.org' }] },
      purl: 'pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12',
      properties: [
        { name: 'rootless-bake:packageType', value: 'deb' },
        { name: 'rootless-bake:sourcePackage', value: 'bash' },
        { name: 'rootless-bake:sourceVersion', value: '5.2.15-2' },
        { name: 'rootless-bake:copyrightFile', value: '/usr/share/doc/bash/copyright' },
      ],
    });
    expect(dependencies[0].dependsOn).toEqual(
      components.slice(1).map((each: object) => each['bom-ref' as never]),
    );
  });

  test('a licence has its id, its name, or is an expression', async () => {
    const { components } = await parsed(ROOTS['alpine']!(), { format: 'cyclonedx' });
    const acknowledgement = 'declared';
    expect(components.slice(1).map(({ licenses }: { licenses: unknown }) => licenses)).toEqual([
      [{ license: { id: 'GPL-2.0-only', acknowledgement } }],
      [{ expression: 'BSD-2-Clause AND BSD-3-Clause', acknowledgement }],
      [{ license: { name: 'custom', acknowledgement } }],
    ]);
  });
});

describe('files', () => {
  async function owned(name: string): Promise<Record<string, string[]>> {
    const { packages, files, relationships } = await parsed(ROOTS[name]!(), { files: true });
    const names = new Map(files.map((file: Record<string, string>) => [file['SPDXID'], file['fileName']]));
    const lists: Record<string, string[]> = {};
    for (const { SPDXID, name: of } of packages) {
      const list = relationships
        .filter((each: Record<string, string>) => each['spdxElementId'] === SPDXID)
        .map((each: Record<string, string>) => names.get(each['relatedSpdxElement']))
        .filter((file: unknown) => file !== undefined);
      if (list.length > 0) lists[of] = list;
    }
    return lists;
  }

  test('belong to the packages whose databases list them, or that brought them', async () => {
    expect(await owned('mixed')).toEqual({
      test: ['./etc/os-release', './lib/apk/db/installed', './srv/page'],
      busybox: ['./bin/busybox'],
      'odd+name': ['./etc/motd'],
      gawk: [`.${STORE}gawk-5.2.1/bin/gawk`],
    });
  });

  test('are found through the links of a merged /usr, and in the lists of distroless images', async () => {
    expect(await owned('debian')).toMatchObject({
      bash: ['./usr/bin/bash', './usr/share/doc/bash/copyright'],
      tzdata: ['./usr/share/zoneinfo/UTC'],
    });
  });

  test('that a recipe has replaced are no package’s', async () => {
    const tree = withFiles(alpineRoot(), { '/etc/motd': 'mine' }, 'content /home/me/motd');
    const { packages } = await parsed({ tree }, { files: true });
    const odd = packages.find(({ name }: { name: string }) => name === 'odd+name');
    expect(odd.filesAnalyzed).toBe(false);
  });
});
