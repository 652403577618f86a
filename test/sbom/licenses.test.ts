import { createRequire } from 'node:module';
import parseExpression from 'spdx-expression-parse';
import { describe, expect, test } from 'vitest';
import { copyrightLicenses } from '../../src/formats/deb/copyright.ts';
import { debianLicense } from '../../src/sbom/license/debian.ts';
import { parseLicense } from '../../src/sbom/license/spdx.ts';
import { cyclonedxLicenses } from '../support/sbom-judges.ts';

const require = createRequire(import.meta.url);

describe('licences in the words of SPDX', () => {
  test.each([
    ['MIT', 'MIT'],
    ['mit', 'MIT'],
    ['GPL-2.0+', 'GPL-2.0+'],
    ['MPL-1.1+', 'MPL-1.1+'],
    ['AFL-2.1 OR GPL-2.0-or-later', 'AFL-2.1 OR GPL-2.0-or-later'],
    ['ISC AND ( BSD-3-Clause OR MIT )', 'ISC AND (BSD-3-Clause OR MIT)'],
    ['MIT or ISC and Zlib', 'MIT OR ISC AND Zlib'],
    ['MIT AND ISC AND MIT', 'MIT AND ISC'],
    ['(MIT)', 'MIT'],
    ['GPL-2.0-only WITH linux-syscall-note', 'GPL-2.0-only WITH Linux-syscall-note'],
    ['LicenseRef-Custom', 'LicenseRef-Custom'],
  ])('%s', (said, expression) => {
    expect(parseLicense(said)?.expression).toBe(expression);
    expect(() => parseExpression(expression)).not.toThrow();
  });

  test('what the list lacks keeps its name', () => {
    expect(parseLicense('BSD-4-Clause AND Public-Domain')).toEqual({
      expression: 'BSD-4-Clause AND LicenseRef-Public-Domain',
      others: [{ id: 'LicenseRef-Public-Domain', name: 'Public-Domain' }],
    });
    expect(parseLicense('GPL-3.0-or-later WITH OpenSSL-Exception')).toEqual({
      expression: 'LicenseRef-GPL-3.0-or-later-WITH-OpenSSL-Exception-9e376a56',
      others: [
        {
          id: 'LicenseRef-GPL-3.0-or-later-WITH-OpenSSL-Exception-9e376a56',
          name: 'GPL-3.0-or-later WITH OpenSSL-Exception',
        },
      ],
    });
  });

  test.each([
    'GPL2 LGPL',
    'MIT AND',
    'AND MIT',
    '(MIT',
    'MIT)',
    'MIT, ISC',
    '()',
    'see §5',
    'MIT ISC OR Zlib',
  ])('no expression is one licence: %s', (said) => {
    const license = parseLicense(said)!;
    expect(license.others).toEqual([{ id: license.expression, name: said }]);
    expect(license.expression).toMatch(/^LicenseRef-[A-Za-z0-9.-]+$/);
  });

  test('nothing said is no licence, and different names never meet', () => {
    expect(parseLicense(' ')).toBeUndefined();
    const ids = ['a b', 'a-b', 'a/b', 'A b'].map((name) => parseLicense(name)!.expression);
    expect(new Set(ids).size).toBe(4);
  });

  test('every identifier that is written is one of CycloneDX’s schema', () => {
    const ids = [
      ...(require('spdx-license-ids') as string[]),
      ...(require('spdx-license-ids/deprecated') as string[]),
    ];
    const known = cyclonedxLicenses();
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });
});

describe('licences in the words of Debian’s copyright format', () => {
  test.each([
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-2', 'GPL-2.0-only'],
    ['GPL-2.0+', 'GPL-2.0-or-later'],
    ['LGPL-2.1', 'LGPL-2.1-only'],
    ['GPL-1+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0'],
    ['GFDL-NIV-1.3+', 'GFDL-1.3-no-invariants-or-later'],
    ['AGPL-3.0', 'AGPL-3.0-only'],
    ['Expat', 'MIT'],
    ['BSD-3-clause', 'BSD-3-Clause'],
    ['Apache-2', 'Apache-2.0'],
    ['MPL-1+', 'MPL-1.0+'],
    ['BSL-1.0 and Zlib', 'BSL-1.0 AND Zlib'],
    ['MPL-1.1 or GPL-2+ or LGPL-2.1+', 'MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later'],
    ['GPL-2+ or Artistic-2.0, and BSD-3-clause', '(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause'],
    ['Apache-2.0 with LLVM exception', 'Apache-2.0 WITH LLVM-exception'],
    ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
    ['public-domain', 'LicenseRef-public-domain'],
    ['GPL', 'LicenseRef-GPL'],
  ])('%s', (said, expression) => {
    expect(debianLicense([said])?.expression).toBe(expression);
    expect(() => parseExpression(expression)).not.toThrow();
  });

  test('all files of a package together, each licence once', () => {
    const license = debianLicense([
      'GPL-2+',
      'Expat or ISC',
      'GPL-2+ with OpenSSL exception',
      'Expat',
      'GPL-2.0+',
    ]);
    expect(license).toEqual({
      expression: expect.stringMatching(
        /^GPL-2\.0-or-later AND \(MIT OR ISC\) AND LicenseRef-GPL-2-with-OpenSSL-exception-[0-9a-f]{8} AND MIT$/,
      ),
      others: [{ id: expect.any(String), name: 'GPL-2+ with OpenSSL exception' }],
    });
    expect(debianLicense([])).toBeUndefined();
  });

  test('only machine-readable files are read, and of them the files’ stanzas', () => {
    const text = (format: string) =>
      `${format}\nLicense: header\n\nFiles: *\nLicense: A\n text\n\nFiles: b\nLicense:\n B\n\nFiles: c\nLicense: A\n\nLicense: C\n`;
    const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/';
    expect(copyrightLicenses(text(format))).toEqual(['A']);
    expect(copyrightLicenses(text('Format-Specification: http://dep.debian.net/deps/dep5'))).toEqual(['A']);
    expect(copyrightLicenses(text('Upstream-Name: x'))).toEqual([]);
    expect(copyrightLicenses('This package was debianized by somebody.\n')).toEqual([]);
  });
});
