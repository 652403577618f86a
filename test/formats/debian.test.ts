import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  formatClause,
  isAllowed,
  PackageIndex,
  parseClauses,
  parseRelations,
  parseRelease,
} from '../../src/formats/debian/index.ts';

describe('versions', () => {
  test('are in the order of deb-version(7)', () => {
    // biome-ignore format: one after the other
    const ordered = [
      '~~', '~~a', '~', '0~', '0', '0a', '0+', '1~rc1', '1', '1-1~', '1-1', '1-1+b1', '1-1.1', '1-2', '1-10',
      '1.0~beta', '1.0a', '1.0+dfsg', '1.0.0', '1.2', '1.10', '1.10-1-1', '1.99999999999999999998',
      '1.99999999999999999999', '2', 'a', '1:0', '2:0', '10:0',
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect(`${a} ${b} ${Math.sign(compareVersions(a, b))}`).toBe(`${a} ${b} ${Math.sign(i - j)}`);
      }
    }
  });

  test('may be written in several ways', () => {
    for (const [a, b] of [
      ['1', '0:1'],
      ['1', '1-0'],
      ['1.01', '1.1'],
      ['1-', '1'],
      ['00:1', '1'],
    ] as const) {
      expect([a, b, compareVersions(a, b)]).toEqual([a, b, 0]);
    }
  });
});

describe('relations', () => {
  test('alternatives, versions, architectures', () => {
    const clauses = parseClauses('a (>= 1.0), b|c:any(<<2:1) , d:amd64 (= 1-1~x)\n | e,\n f (> 1), g (< 2),');
    expect(clauses.map(formatClause)).toEqual([
      'a (>= 1.0)',
      'b | c:any (<< 2:1)',
      'd:amd64 (= 1-1~x) | e',
      'f (>= 1)',
      'g (<= 2)',
    ]);
    expect(parseClauses('')).toEqual([]);
    expect(parseRelations('x, y (= 1)').map(({ name }) => name)).toEqual(['x', 'y']);
  });

  test.each(['a b', 'a (1)', 'a (>= )', 'a |', '(>= 1)', 'a (=> 1)', '-a'])('%j is none', (text) => {
    expect(() => parseClauses(text)).toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_DAMAGED' }));
  });

  test('allow the versions that their operators say', () => {
    const allowed = (operator: string) =>
      ['1', '2', '3'].filter((version) => isAllowed(version, parseRelations(`a (${operator} 2)`)[0]!));
    expect(['<<', '<=', '=', '>=', '>>'].map((operator) => allowed(operator).join(''))).toEqual([
      '1',
      '12',
      '2',
      '23',
      '3',
    ]);
    expect(isAllowed('anything', { name: 'a' })).toBe(true);
  });
});

describe('a Release file', () => {
  const DIGEST = 'ab'.repeat(32);
  const text = [
    'Suite: stable',
    'Codename: bookworm',
    'Date: Sat, 11 Jul 2026 10:16:37 UTC',
    'Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC',
    'Acquire-By-Hash: yes',
    'Architectures: all amd64 i386',
    'Components: main contrib',
    'No-Support-for-Architecture-all: Packages',
    'MD5Sum:',
    ' 0ed6d4c8891eb86358b94bb35d9e4da4  17 main/binary-amd64/Packages',
    'SHA256:',
    ` ${DIGEST}  17 main/binary-amd64/Packages`,
    ` ${DIGEST}     5 main/binary-amd64/Packages.xz`,
    '',
  ].join('\n');

  test('says what it is, and lists files', () => {
    const { files, ...release } = parseRelease(text, 'Release');
    expect(release).toEqual({
      suite: 'stable',
      codename: 'bookworm',
      date: Date.UTC(2026, 6, 11, 10, 16, 37),
      validUntil: Date.UTC(2026, 6, 18, 10, 16, 37),
      architectures: ['all', 'amd64', 'i386'],
      components: ['main', 'contrib'],
      byHash: true,
      hasAllInEach: true,
    });
    expect([...files]).toEqual([
      ['main/binary-amd64/Packages', { sha256: DIGEST, size: 17 }],
      ['main/binary-amd64/Packages.xz', { sha256: DIGEST, size: 5 }],
    ]);
    const other = parseRelease(text.replace(/No-Support.*\n/, '').replace(/Valid.*\n/, ''), 'Release');
    expect([other.hasAllInEach, other.validUntil]).toEqual([false, undefined]);
  });

  test.each([
    ['a date that is none', text.replace('Sat, 11 Jul', 'soon, 11 Jul')],
    ['a date of another zone', text.replace('37 UTC', '37 +0200')],
    ['no date', text.replace(/Date.*\n/, '')],
    ['a Valid-Until that is none', text.replace('Sat, 18 Jul', '18 Jul')],
    ['only MD5', text.replace('SHA256:', 'SHA1:')],
  ])('with %s is refused', (_, damaged) => {
    expect(() => parseRelease(damaged, 'Release')).toThrow(
      expect.objectContaining({ code: 'RB_RELEASE_INVALID', hint: expect.any(String) }),
    );
  });
});

describe('a Packages file', async () => {
  const index = await PackageIndex.read(
    Buffer.from(
      [
        'Package: a\nVersion: 1\nArchitecture: amd64\nProvides: v, w (= 2),\n  x:any\nDescription: ä\n Package: no\n',
        'Version: 2\nPackage: a\nArchitecture: all\nPre-Depends: p\nDepends: d | e\nMulti-Arch: foreign\n',
        '\n\nPackage: b\nVersion: 1\nConflicts: c\nBreaks: f (<< 1)\nEssential: yes\n' +
          `Filename: pool/b.deb\nSize: 5\nSHA256: ${'0'.repeat(64)}\nProvides: v`,
      ].join('\n'),
    ),
  );

  test('finds packages by their name and by what they provide', () => {
    expect([index.size, [...index.names()]]).toEqual([2, ['a', 'b']]);
    expect(index.named('a').map(({ title, architecture }) => `${title} ${architecture}`)).toEqual([
      'a-1 amd64',
      'a-2 all',
    ]);
    const providing = (name: string) => index.providing(name).map(({ title }) => title);
    expect([providing('v'), providing('w'), providing('x'), providing('a'), index.named('no')]).toEqual([
      ['a-1', 'b-1'],
      ['a-1'],
      ['a-1'],
      [],
      [],
    ]);
  });

  test('gives the fields of a package', () => {
    const [first, second] = index.named('a');
    const [last] = index.named('b');
    expect(first!.provides).toEqual([
      { name: 'v' },
      { name: 'w', constraint: { operator: '=', version: '2' } },
      { name: 'x', qualifier: 'any' },
    ]);
    expect(second!.depends.map(formatClause)).toEqual(['p', 'd | e']);
    expect([first!.multiArch, second!.multiArch, last!.isEssential]).toEqual(['no', 'foreign', true]);
    expect(last!.conflicts.map(({ name }) => name)).toEqual(['c', 'f']);
    expect(last!.file).toEqual({ path: 'pool/b.deb', size: 5, sha256: '0'.repeat(64) });
    expect(() => first!.file).toThrow(/names no file of a-1/);
  });

  test.each(['/etc/passwd', '../b.deb', 'pool/../../b.deb', 'b.deb?x', 'a b.deb'])(
    'the file %s is refused',
    async (path) => {
      const text = `Package: b\nVersion: 1\nFilename: ${path}\nSize: 5\nSHA256: ${'0'.repeat(64)}\n`;
      const [item] = (await PackageIndex.read(Buffer.from(text))).named('b');
      expect(() => item!.file).toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_DAMAGED' }));
    },
  );

  test('may be empty', async () => {
    expect((await PackageIndex.read(Buffer.alloc(0))).size).toBe(0);
  });
});
