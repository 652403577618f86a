/** Archives that hold far more than they weigh: stopped at a limit that the error names, and that the recipe sets. */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { CookOptions } from '../../src/cook/options.ts';
import { Loopback } from '../support/loopback.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { sha256 } from '../support/small-image.ts';
import { SmallRegistry } from '../support/small-registry.ts';
import { Tampering } from '../support/tampering.ts';
import { paxRecord, type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const MIB = 1 << 20;
const LIMIT = 2 * MIB;
const SMALL = tarBlocks([{ name: 'small', body: 'x' }]);
/** One file of zeros. */
const LARGE = tarBlocks([{ name: 'zeros', body: '\0'.repeat(16 * MIB) }]);
/** Zeros behind the end of the archive, which readers pass over. */
const BEHIND = Buffer.concat([SMALL, Buffer.alloc(16 * MIB)]);
/** One file that is a hole of a PiB. */
const HOLE = tarBlocks([
  {
    typeflag: 'x',
    body: Object.entries({ major: '1', minor: '0', realsize: String(2 ** 50) })
      .map(([key, value]) => paxRecord(`GNU.sparse.${key}`, value))
      .join(''),
  },
  { name: 'hole', body: `0\n${'\0'.repeat(510)}` },
] satisfies TarBlock[]);

const pack = (tool: string) => (bytes: Buffer) =>
  execFileSync(findTool(tool)!, ['-c', '-q'], { input: bytes, maxBuffer: 1 << 28 });

oracle({ tools: ['xz', 'zstd'] })('bombs', () => {
  let server: Loopback;
  beforeAll(async () => {
    server = await Loopback.start();
  });
  afterAll(() => server.stop());

  const tarOptions = (file: Buffer): CookOptions => {
    server.answer = (_, response) => response.end(file);
    return { base: { tar: server.url('/root'), sha256: sha256(file), limit: LIMIT } };
  };
  const layerOptions = (tar: Buffer, packed: Buffer): CookOptions => {
    const registry = new SmallRegistry();
    registry.tag('one', registry.indexed({ layers: [{ tar, pack: () => packed }] }));
    server.answer = registry.answer('a/b');
    return { base: { oci: `${server.host}/a/b:one`, limit: LIMIT } };
  };

  describe.each([
    ['gzip', gzipSync],
    ['xz', pack('xz')],
    ['zstd', pack('zstd')],
  ] as const)('of %s', (name, compress) => {
    const small = compress(SMALL);

    test.each([
      ['one large file', 'RB_ARCHIVE_TOO_LARGE', LARGE],
      ['zeros behind its end', 'RB_LIMIT_EXCEEDED', BEHIND],
    ] as const)('a base by URL with %s: %s', async (_, code, tar) => {
      const bomb = compress(tar);
      const tampering = new Tampering(tarOptions(small), () => void tarOptions(small));
      await tampering.refuses(() => tarOptions(bomb), { code, says: `${LIMIT} bytes`, allows: [bomb] });
      tampering.remove();
    });

    test('a layer', async () => {
      const bomb = compress(LARGE);
      const honest = () => layerOptions(SMALL, small);
      const tampering = new Tampering(honest(), () => void honest());
      const refusal = { code: 'RB_LIMIT_EXCEEDED', says: `its limit of ${LIMIT} bytes` } as const;
      await tampering.refuses(() => layerOptions(LARGE, bomb), refusal);
      tampering.remove();
    });

    test('an archive of Nix: what is signed is its limit', async () => {
      const key = nixKeyPair('test-1');
      const base = `${'1'.repeat(32)}-tool`;
      const honest = nar({ file: 'tool' });
      const serve = (file: Buffer) => {
        const files = publish({ base, nar: honest, compression: name, file }, key);
        server.answer = ({ url = '' }, response) => response.end(files.get(url.slice(1)));
      };
      const options: CookOptions = {
        base: { empty: true },
        contents: [{ nix: base, cache: server.url('/'), keys: [key.publicKey] }],
      };
      const tampering = new Tampering(options, () => serve(compress(honest)));
      const bomb = compress(nar({ file: Buffer.alloc(16 * MIB) }));
      const refusal = { code: 'RB_DIGEST_MISMATCH', says: `more than ${honest.length} bytes` } as const;
      await tampering.refuses(() => void serve(bomb), refusal);
      tampering.remove();
    });
  });

  test('a hole of a PiB, in a base by URL and in a layer', async () => {
    const says = `${LIMIT} bytes`;
    const small = gzipSync(SMALL);
    const hole = gzipSync(HOLE);
    const byUrl = new Tampering(tarOptions(small), () => void tarOptions(small));
    await byUrl.refuses(() => tarOptions(hole), { code: 'RB_ARCHIVE_TOO_LARGE', says, allows: [hole] });
    byUrl.remove();
    const layered = new Tampering(layerOptions(SMALL, small), () => void layerOptions(SMALL, small));
    await layered.refuses(() => layerOptions(HOLE, hole), { code: 'RB_ARCHIVE_TOO_LARGE', says });
    layered.remove();
  });
});
