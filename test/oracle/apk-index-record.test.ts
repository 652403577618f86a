import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { indexRecord, readPackageFile, tarFiles, writeIndexFile } from '../../src/formats/apk/index.ts';
import { recordFields } from '../../src/sources/alpine/index.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { oracle } from '../support/oracle.ts';

const FOLDER = join(ALPINE, 'apks/x86_64');

/** The judge: the index that Alpine itself has made of its packages. */
oracle({ files: [ALPINE] })('the index of packages', () => {
  const records = textOf(readFileSync(join(FOLDER, 'APKINDEX.tar.gz')))
    .split('\n\n')
    .filter((record) => record !== '')
    .map((record) => `${record}\n`);

  it('says what Alpine’s own says, byte by byte', () => {
    expect(records.length).toBeGreaterThanOrEqual(100);
    for (const record of records) {
      const fields = recordFields(record);
      const [name, version, identity, architecture] = ['P', 'V', 'C', 'A'].map((key) => fields.get(key)!);
      const bytes = readFileSync(join(FOLDER, `${name}-${version}.apk`));
      const { info } = readPackageFile(bytes, { what: name!, identity: identity! });
      const made = indexRecord({
        info,
        identity: identity!,
        architecture: architecture!,
        size: bytes.length,
      });
      expect(made).toBe(record);
    }
  });

  it('comes back out of the file that is written', () => {
    expect(textOf(writeIndexFile(records))).toBe(records.map((record) => `${record}\n`).join(''));
  });
});

function textOf(index: Uint8Array): string {
  const found = [...tarFiles(gunzipSync(index), 'index')].find(({ name }) => name === 'APKINDEX')!;
  return Buffer.from(found.body).toString('utf8');
}
