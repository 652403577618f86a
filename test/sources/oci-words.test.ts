import { expect, test } from 'vitest';
import { parseChallenges } from '../../src/sources/oci/challenge.ts';
import { parseImageLocation } from '../../src/sources/oci/location.ts';

test('challenges of registries', () => {
  expect(parseChallenges('Basic realm="a, \\"b\\"", Bearer realm=c,Scope="d e", Negotiate')).toEqual([
    { scheme: 'basic', parameters: { realm: 'a, "b"' } },
    { scheme: 'bearer', parameters: { realm: 'c', scope: 'd e' } },
    { scheme: 'negotiate', parameters: {} },
  ]);
  expect(parseChallenges(', "" =x, ')).toEqual([]);
});

test.each([
  ['./layout', { path: './layout' }],
  ['/a/b:c', { path: '/a/b', name: 'c' }],
  [`../x@sha256:${'a'.repeat(64)}`, { path: '../x', sha256: 'a'.repeat(64) }],
  ['image.tar:1.0', { path: 'image.tar', name: '1.0' }],
  ['image.tar.gz', { path: 'image.tar.gz' }],
  ['/a:b/c', { path: '/a:b/c' }],
  ['debian:12', undefined],
  ['localhost:5000/x', undefined],
  [`host.example/a@sha256:${'a'.repeat(64)}`, undefined],
])('a path is told from a reference: %s', (text, location) => {
  expect(parseImageLocation(text)).toEqual(location);
});
