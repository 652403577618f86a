import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nixComponent } from '../../src/sbom/brought.ts';
import { makeSbom } from '../../src/sbom/sbom.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { cyclonedxFaults, spdxFaults } from '../support/sbom-judges.ts';
import { withFiles } from '../support/sbom-roots.ts';
import { runs } from '../support/seed.ts';

/** What may stand behind a field's name: one line, of any characters or such as packages have. */
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'aB1 .+-_:/@<>()[]"\'\\%?#&=,;|~é'), maxLength: 40 }),
  fc.constantFrom('MIT', 'GPL-2.0+ OR (ISC AND x)', 'A <a@b.c>', '<@>', 'https://x y', 'http://[::1', 'x@y'),
);

function stanza(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value.replace(/[\r\n]/g, '')}\n`);
  return `${lines.join('')}\n`;
}

const apk = fc.record({ P: line, V: line, A: line, L: line, U: line, m: line, o: line, c: line });
const deb = fc.record({
  Package: line,
  Version: line,
  Architecture: line,
  Maintainer: line,
  Homepage: line,
  Source: line,
});

test('documents are valid whatever databases say', async () => {
  const property = fc.asyncProperty(
    fc.array(apk, { maxLength: 4 }),
    fc.array(deb, { maxLength: 4 }),
    line,
    line,
    async (apks, debs, osRelease, copyright) => {
      const tree = withFiles(new Tree(), {
        '/lib/apk/db/installed': apks.map(stanza).join(''),
        '/var/lib/dpkg/status': debs.map(stanza).join(''),
        '/etc/os-release': `ID=debian\nVERSION_ID=${osRelease}\nPRETTY_NAME=${copyright}\n`,
        '/usr/share/doc/a/copyright': `Format: copyright-format/1.0\n\nFiles: *\nLicense: ${copyright}\n`,
      });
      const brought = [nixComponent({ path: '/nix/store/x', narHash: 'ab'.repeat(32) })];
      const root = { tree, sha256: 'cd'.repeat(32), epoch: 0, brought };
      for (const format of ['spdx', 'cyclonedx'] as const) {
        const text = await makeSbom(root, { format, name: 'arbitrary', files: true }, testHost().host);
        const faults = format === 'spdx' ? spdxFaults : cyclonedxFaults;
        expect(faults(JSON.parse(text))).toEqual([]);
      }
    },
  );
  await fc.assert(property, { numRuns: runs(200) });
});
