import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import {
  compressStream,
  decompress,
  decompressStream,
  detectCompression,
  gzipDeterministic,
} from '../../src/formats/compression/index.ts';

/** 200,000 bytes that compress to about a tenth, from `text()` below. */
const PLAIN = Buffer.from(text());

/** `printf 'hello, archive\n' | xz -c`, `| zstd -c`, and `| xz --check=sha256 -c`. */
const HELLO = 'hello, archive\n';
const HELLO_XZ =
  'fd377a585a000004e6d6b4460200210116000000742fe5a301000e68656c6c6f2c20617263686976650a0000a4b1ff34927765df0001270fdf1afc6a1fb6f37d010000000004595a';
const HELLO_ZSTD = '28b52ffd045879000068656c6c6f2c20617263686976650ab4180523';
const HELLO_XZ_SHA256 =
  'fd377a585a00000ae1fb0ca10200210116000000742fe5a301000e68656c6c6f2c20617263686976650a000049372d8c2101c0a80bc824317e63cac7cf5fd6144c6943fdd23893f1e7d6e77000013f0f8682e7e8189b4b9a01000000000a595a';

const hex = (digits: string) => Buffer.from(digits, 'hex');

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function stream(bytes: Uint8Array, size = 1000): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompressStream(pieces(bytes, size), 'test.bin')) parts.push(part);
  return Buffer.concat(parts);
}

const COMPRESSED: Record<string, Buffer> = {
  gzip: gzipSync(HELLO),
  xz: hex(HELLO_XZ),
  zstd: hex(HELLO_ZSTD),
};

describe.each(Object.entries(COMPRESSED))('%s', (name, bytes) => {
  test('is told by its magic', () => {
    expect(detectCompression(bytes, 'x')).toBe(name);
  });

  test.each([1, 7, 1000])('decompresses a stream in pieces of %i', async (size) => {
    expect((await stream(bytes, size)).toString()).toBe(HELLO);
  });

  test('decompresses several in a row', async () => {
    expect((await stream(Buffer.concat([bytes, bytes]))).toString()).toBe(HELLO + HELLO);
    expect(Buffer.from(await decompress(bytes, 'x')).toString()).toBe(HELLO);
  });

  test('fails wherever it is cut off', async () => {
    for (let length = 7; length < bytes.length; length += 1) {
      const cut = stream(bytes.subarray(0, length));
      await expect(cut, `${length} bytes`).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
  });

  test('fails on bytes behind its end', async () => {
    const cut = stream(Buffer.concat([bytes, Buffer.from('and more')]));
    await expect(cut).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED', message: /test\.bin/ });
  });

  test('throws on what its source throws', async () => {
    const source = async function* () {
      yield bytes.subarray(0, 12);
      throw new RootlessBakeError('RB_NETWORK', 'cable cut');
    };
    const read = async () => {
      for await (const _ of decompressStream(source(), 'x'));
    };
    await expect(read()).rejects.toMatchObject({ code: 'RB_NETWORK' });
    expect((await stream(bytes)).toString()).toBe(HELLO);
  });

  test('can be given up early and used again', async () => {
    const source = pieces(Buffer.concat(Array.from({ length: 50 }, () => bytes)), 10);
    for await (const _ of decompressStream(source, 'x')) break;
    expect((await source.next()).done).toBe(true);
    expect((await stream(bytes)).toString()).toBe(HELLO);
  });
});

test('what is corrupt fails', async () => {
  for (const bytes of Object.values(COMPRESSED)) {
    const corrupt = Buffer.from(bytes);
    corrupt[bytes.length >> 1]! ^= 0x10;
    await expect(stream(corrupt)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
  }
});

test('plain bytes pass through, empty and short ones too', async () => {
  expect((await stream(PLAIN)).equals(PLAIN)).toBe(true);
  expect((await stream(Buffer.alloc(0))).length).toBe(0);
  expect((await stream(Buffer.from('ab'))).toString()).toBe('ab');
  expect(await decompress(PLAIN, 'x')).toBe(PLAIN);
});

test('gzip may be padded by zeros', async () => {
  expect((await stream(Buffer.concat([gzipSync(HELLO), Buffer.alloc(500)]))).toString()).toBe(HELLO);
});

test('names what it does not read', async () => {
  expect(() => detectCompression(Buffer.from('BZh91AY'), 'a.tbz')).toThrow(/a\.tbz is compressed by bzip2/);
  await expect(stream(hex(HELLO_XZ_SHA256))).rejects.toMatchObject({ code: 'RB_ARCHIVE_UNSUPPORTED' });
});

test('gzipDeterministic writes no time, no name and the OS byte of Unix', async () => {
  const bytes = await gzipDeterministic(PLAIN);
  expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
  expect(gunzipSync(bytes).equals(PLAIN)).toBe(true);
});

/** Numbers' digests, two thirds of them repeated. */
function text(): string {
  let result = '';
  for (let index = 0; result.length < 200_000; index += 1) {
    result += createHash('md5')
      .update(String(index % 1000))
      .digest('hex');
  }
  return result;
}

describe.each(['none', 'gzip', 'zstd'] as const)('a stream that is written: %s', (compression) => {
  async function written(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of compressStream(compression, chunks)) parts.push(part);
    return Buffer.concat(parts);
  }

  test('is read back', async () => {
    expect(Buffer.compare(await stream(await written([PLAIN]), 65_536), PLAIN)).toBe(0);
    expect(await stream(await written([]), 65_536)).toHaveLength(0);
  });

  test('is the same in whatever chunks it comes', async () => {
    const whole = await written([PLAIN]);
    for (const size of [777, 65_536]) {
      expect(Buffer.compare(await written(pieces(PLAIN, size)), whole)).toBe(0);
    }
  });

  test('ends as its source does', async () => {
    async function* broken() {
      yield PLAIN;
      throw new Error('the source broke');
    }
    await expect(written(broken())).rejects.toThrow('the source broke');
    let isClosed = false;
    async function* endless() {
      try {
        while (true) yield PLAIN;
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of compressStream(compression, endless())) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(true);
  });
});

test('zstd is written in the same bytes by Node and by WebAssembly', async () => {
  const hash = createHash('sha256');
  for await (const part of compressStream('zstd', [PLAIN, PLAIN])) hash.update(part);
  expect(hash.digest('hex')).toBe('169c3fdb31e04db966c51722e6dc77568e5aa1a4c0d8fca914c1d528ec5e2ecb');
});

test('two streams of zstd at once', async () => {
  const written = async (chunks: AsyncIterable<Uint8Array>) => {
    const parts: Uint8Array[] = [];
    for await (const part of compressStream('zstd', chunks)) parts.push(part);
    return Buffer.concat(parts);
  };
  const [one, other] = await Promise.all([written(pieces(PLAIN, 1000)), written(pieces(PLAIN, 30_000))]);
  expect(Buffer.compare(one, other)).toBe(0);
  expect(Buffer.compare(await stream(one), PLAIN)).toBe(0);
});
