import { describe, expect, it } from 'vitest';
import { parseApkDatabase } from '../../src/cook/apk/apk-database.ts';
import { newPackages } from '../../src/cook/apk/apk-metadata.ts';

const TEXT = `C:Q1AAAA=
P:doas
V:6.8.2-r6
F:etc
R:doas.conf
a:0:0:640
Z:Q1x=
F:etc/doas.d
M:0:0:750
F:usr
F:usr/bin
R:doas
a:0:0:4755:Q1xattr=

C:Q1BBBB=
P:musl
V:1.2.4-r2
F:lib
R:libc.so
`;

describe('parseApkDatabase', () => {
  const packages = parseApkDatabase(TEXT);

  it('reads names, versions and identities', () => {
    const found = [...packages.values()].map(({ name, version, checksum }) => [name, version, checksum]);
    expect(found).toEqual([
      ['doas', '6.8.2-r6', 'Q1AAAA='],
      ['musl', '1.2.4-r2', 'Q1BBBB='],
    ]);
  });

  it('gives every path its metadata, or the defaults', () => {
    const { directories, files } = packages.get('doas')!;
    expect(directories.map(({ path, mode }) => `${path} ${mode.toString(8)}`)).toEqual([
      '/etc 755',
      '/etc/doas.d 750',
      '/usr 755',
      '/usr/bin 755',
    ]);
    expect(files).toEqual([
      { path: '/etc/doas.conf', uid: 0, gid: 0, mode: 0o640, hasXattrs: false },
      { path: '/usr/bin/doas', uid: 0, gid: 0, mode: 0o4755, hasXattrs: true },
    ]);
    expect(packages.get('musl')!.files[0]).toMatchObject({ path: '/lib/libc.so', mode: 0o644 });
  });

  it('is empty for no text', () => {
    expect(parseApkDatabase('').size).toBe(0);
  });

  it('tells new and rebuilt packages from those that were there', () => {
    const rebuilt = parseApkDatabase(TEXT.replace('Q1BBBB=', 'Q1CCCC='));
    expect(newPackages(packages, rebuilt).map(({ name }) => name)).toEqual(['musl']);
    expect(newPackages(new Map(), packages)).toHaveLength(2);
    expect(newPackages(packages, packages)).toEqual([]);
  });
});
