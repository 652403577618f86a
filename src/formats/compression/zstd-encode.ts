import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { pacer } from '../../host.ts';
import { optionalPackage } from '../../optional-package.ts';
import { BlockWriter } from '../block-writer.ts';
import { through } from './through.ts';

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A stream of `node:zlib`, which can be flushed. */
type ZstdStream = Transform & { flush(kind: number, done: () => void): void };

/** The part of `node:zlib` that came with Node 22.15, which the types of Node 20 do not know. */
interface Zstd {
  createZstdCompress?(options: {
    readonly chunkSize: number;
    readonly params: Readonly<Record<number, number>>;
  }): ZstdStream;
}

/** `ZSTD_c_compressionLevel` and `ZSTD_e_flush` of zstd.h. */
const COMPRESSION_LEVEL = 100;
const FLUSH = 1;

/** Where zstd is clearly smaller than gzip, and still quick. */
const LEVEL = 9;

const { createZstdCompress } = zlib as Zstd;

/**
 * Compresses to one frame of zstd (RFC 8878), without checksum: by Node itself from 22.15 on, else in
 * WebAssembly, to the same bytes where both have the same zstd. Equal bytes give equal bytes, in whatever
 * chunks they come.
 */
export async function* zstd(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createZstdCompress ? inNode(chunks, createZstdCompress) : inWasm(chunks);
}

async function* inNode(
  chunks: Chunks,
  create: NonNullable<Zstd['createZstdCompress']>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = create({ chunkSize: 256 * 1024, params: { [COMPRESSION_LEVEL]: LEVEL } });
  // WebAssembly's ends so: with all blocks out, and an empty one as the last.
  const flushed = async function* () {
    yield* chunks;
    await new Promise<void>((resolve) => stream.flush(FLUSH, resolve));
  };
  yield* through(flushed(), stream);
}

/** The encoder is one for the process: a stream waits until the one before has ended or was given up. */
let turn: Promise<void> = Promise.resolve();

async function* inWasm(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  const { Zstd } = await optionalPackage(
    '@hpcc-js/wasm-zstd',
    'writing zstd before Node.js 22.15',
    () => import('@hpcc-js/wasm-zstd'),
  );
  const encoder = await Zstd.load();
  const before = turn;
  let leave = (): void => {};
  turn = new Promise((resolve) => {
    leave = resolve;
  });
  await before;
  try {
    encoder.reset();
    encoder.setCompressionLevel(LEVEL);
    // It gives whole blocks for each piece, so pieces of another size would be other bytes.
    const writer = new BlockWriter();
    const breathe = pacer(1);
    for await (const chunk of chunks) {
      for (const piece of writer.write(chunk)) {
        yield encoder.compressChunk(piece);
        // Each piece takes milliseconds.
        await breathe(1);
      }
    }
    for (const piece of writer.flush()) yield encoder.compressChunk(piece);
    yield encoder.compressEnd();
  } finally {
    leave();
  }
}
