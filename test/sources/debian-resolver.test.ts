import { describe, expect, test } from 'vitest';
import { PackageIndex, parseRelations } from '../../src/formats/debian/index.ts';
import { resolveDebian } from '../../src/sources/debian/resolve.ts';
import { Universe } from '../../src/sources/debian/universe.ts';

/** A Packages file: `name version [architecture]: Field: value; Field: value`. */
async function packages(...lines: readonly string[]): Promise<PackageIndex> {
  const stanzas = lines.map((line) => {
    const [, name, version, architecture = 'amd64', fields = ''] =
      /^(\S+) (\S+?)(?: (\S+?))?(?:: (.*))?$/.exec(line) ?? [];
    return [
      `Package: ${name}`,
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      ...fields.split('; ').filter((field) => field !== ''),
      '',
    ].join('\n');
  });
  return await PackageIndex.read(Buffer.from(stanzas.join('\n')));
}

async function resolve(
  index: PackageIndex,
  requests: string,
  options: { dependencies?: boolean } = {},
): Promise<string> {
  const relations = parseRelations(requests);
  const versions = new Map(
    relations.flatMap(({ name, constraint }) => (constraint ? [[name, constraint.version] as const] : [])),
  );
  const universe = new Universe([index], 'amd64', versions);
  const found = await resolveDebian(relations, universe, options, () => undefined);
  return found.map(({ name, version }) => (version === '1' ? name : `${name}=${version}`)).join(' ');
}

async function refusal(index: PackageIndex, requests: string): Promise<string> {
  try {
    return `resolved: ${await resolve(index, requests)}`;
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    return `${code}: ${message}\n${hint}`;
  }
}

describe('a closure', () => {
  test('has what is needed before what needs it', async () => {
    const index = await packages('a 1: Depends: c; Pre-Depends: b', 'b 1', 'c 1 all: Depends: d, b', 'd 1');
    expect(await resolve(index, 'a')).toBe('b d c a');
    expect(await resolve(index, 'd, a')).toBe('d b c a');
    expect(await resolve(index, 'a', { dependencies: false })).toBe('a');
  });

  test('may go in circles', async () => {
    const index = await packages('a 1: Depends: b', 'b 1: Depends: c', 'c 1: Depends: a, b');
    expect(await resolve(index, 'b')).toBe('a c b');
  });

  test('takes the highest version, or the one that is asked for', async () => {
    const index = await packages(
      'a 1: Depends: b',
      'a 2~rc1: Depends: b',
      'a 1.5',
      'b 1',
      'b 3 i386',
      'b 2 all',
    );
    expect(await resolve(index, 'a')).toBe('b=2 a=2~rc1');
    expect(await resolve(index, 'a (= 1)')).toBe('b=2 a');
    expect(await resolve(index, 'a (= 1.5)')).toBe('a=1.5');
  });

  test('takes the first alternative that can be had', async () => {
    const index = await packages(
      'a 1: Depends: none | b (>= 2) | c | d',
      'b 1',
      'c 1: Depends: missing',
      'd 1',
      'e 1: Depends: d, b | d',
    );
    expect(await resolve(index, 'a')).toBe('d a');
    // What is needed anyway goes before what is preferred.
    expect(await resolve(index, 'e')).toBe('d e');
  });

  test('goes back when an alternative leads nowhere further down', async () => {
    const index = await packages(
      'a 1: Depends: b | c, e',
      'b 1: Depends: d',
      'd 1: Conflicts: e',
      'c 1',
      'e 1',
      'z 1: Depends: x1 | x2, y1 | y2, w',
      'x1 1: Conflicts: y1',
      'x2 1',
      'y1 1',
      'y2 1: Conflicts: w, x1',
      'w 1',
    );
    expect(await resolve(index, 'a')).toBe('c e a');
    expect(await resolve(index, 'z')).toBe('x2 y1 w z');
  });

  test('virtual packages: the real one first, then essential ones, then by priority', async () => {
    const index = await packages(
      'a 1: Depends: v',
      'p 1: Provides: v; Priority: extra',
      'q 1: Provides: v; Priority: important',
      'r 1: Provides: v; Priority: optional',
      'b 1: Depends: w',
      's 1: Provides: w; Priority: required',
      't 1: Provides: w; Essential: yes',
      'c 1: Depends: p',
      'only 1: Provides: single',
    );
    expect(await resolve(index, 'a')).toBe('q a');
    expect(await resolve(index, 'b')).toBe('t b');
    expect(
      await resolve(await packages('a 1: Depends: v', 'p 1: Provides: v; Priority: required', 'v 1'), 'a'),
    ).toBe('v a');
    expect(await resolve(index, 'c, a')).toBe('p c a');
    expect(await resolve(index, 'single')).toBe('only');
  });

  test('a version is only provided by who says which', async () => {
    const index = await packages(
      'a 1: Depends: v (>= 2)',
      'p 5: Provides: v',
      'q 5: Provides: v (= 1)',
      'r 1: Provides: v (= 2)',
      'b 1: Depends: w (>= 2)',
      's 5: Provides: w',
    );
    expect(await resolve(index, 'a')).toBe('r a');
    expect(await refusal(index, 'b')).toContain('b, which needs w (>= 2): there is no such package');
  });

  test('the old version of a package provides nothing', async () => {
    const index = await packages(
      'a 1: Depends: v',
      'p 1: Provides: v',
      'p 2',
      'q 1: Provides: v; Priority: extra',
    );
    expect(await resolve(index, 'a')).toBe('q a');
  });

  test('Multi-Arch: any is for those that allow it; other architectures are not there', async () => {
    const index = await packages(
      'a 1: Depends: python:any',
      'python 1: Multi-Arch: allowed',
      'b 1: Depends: perl:any',
      'perl 1: Multi-Arch: foreign',
      'c 1: Depends: perl:i386',
      'd 1: Depends: perl:amd64',
      'e 1: Depends: perl; Conflicts: python:i386, perl:i386',
    );
    expect(await resolve(index, 'a')).toBe('python a');
    expect(await resolve(index, 'd')).toBe('perl d');
    expect(await resolve(index, 'e, a')).toBe('perl e python a');
    for (const name of ['b', 'c']) expect(await refusal(index, name)).toMatch(/^RB_DEBIAN_UNSATISFIABLE: /);
  });

  test('what a package provides itself is no conflict', async () => {
    const index = await packages(
      'a 1: Provides: v; Conflicts: v',
      'b 1: Provides: v; Conflicts: v',
      'c 1: Depends: v, a',
    );
    expect(await resolve(index, 'a')).toBe('a');
    expect(await resolve(index, 'c')).toBe('a c');
    expect(await refusal(index, 'a, b')).toMatch(/^RB_DEBIAN_UNSATISFIABLE: a and b cannot be installed/);
  });
});

describe('an error', () => {
  test('names the chain to what cannot be had', async () => {
    const index = await packages(
      'a 1: Depends: b',
      'b 1: Depends: c (>= 2) | d',
      'c 1',
      'd 1: Depends: e',
      'x 1: Depends: y',
    );
    expect(await refusal(index, 'a')).toBe(
      [
        'RB_DEBIAN_UNSATISFIABLE: a cannot be installed:',
        '  a, which needs b, which needs d, which needs e: there is no such package',
        'leave one of the packages out, or take one with dependencies: false and add what it needs',
      ].join('\n'),
    );
    expect(await refusal(index, 'x')).toContain('x, which needs y: there is no such package');
    expect(await refusal(await packages('a 1: Depends: c (>= 2)', 'c 1'), 'a')).toContain(
      'c (>= 2): there is only c-1',
    );
  });

  test('names both sides of a conflict', async () => {
    const index = await packages('a 1: Depends: b', 'b 1: Breaks: c (<< 2)', 'c 1', 'd 1: Depends: c');
    expect(await refusal(index, 'a, d')).toContain(
      'a, which needs b, which conflicts with c (<< 2): but so is needed d, which needs c',
    );
    expect(await resolve(await packages('b 1: Breaks: c (<< 2)', 'c 2'), 'b, c')).toBe('b c=2');
  });

  test('tells of names that are near, of versions that are there, and of providers', async () => {
    const index = await packages('gawk 1: Provides: awk', 'mawk 1: Provides: awk');
    expect(await refusal(index, 'gwak')).toBe(
      'RB_INPUT_NOT_FOUND: there is no Debian package gwak\ndid you mean "gawk"?',
    );
    expect(await refusal(index, 'gawk (= 2)')).toContain('there is no version 2 of gawk, only 1');
    expect(await refusal(index, 'awk')).toContain(
      'awk is a virtual package, which several provide: mawk, gawk',
    );
  });
});
