import { crc32, inflateRawSync } from 'node:zlib';
import { RootlessBakeError } from '../../errors.ts';
import { damagedApk } from './errors.ts';

/** One member of a gzip file: RFC 1952. */
export interface GzipMember {
  /** The member as it is stored, header and trailer included: what signatures and digests are made over. */
  readonly stored: Uint8Array;
  readonly content: Buffer;
}

/** Flags of the header that announce further fields. */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

const HEADER = 10;
const TRAILER = 8;

/**
 * Decompresses the member that begins at a byte, and finds where it ends.
 *
 * @param limit of the content, in bytes
 * @throws RB_ARCHIVE_DAMAGED when there is none, or its checksum is wrong
 * @throws RB_LIMIT_EXCEEDED when it holds more than `limit` bytes
 */
export function readGzipMember(bytes: Uint8Array, start: number, limit: number, what: string): GzipMember {
  const body = start + headerLength(bytes, start, what);
  // The shape that `info` gives is not in Node's types.
  const options = { info: true, maxOutputLength: limit };
  let result: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    result = inflateRawSync(bytes.subarray(body), options) as unknown as typeof result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooMuch(what, limit);
    }
    throw damagedApk(what, 'its compressed data ends wrong', error);
  }
  const { buffer: content, engine } = result;
  const end = body + engine.bytesWritten + TRAILER;
  if (end > bytes.length) throw damagedApk(what, 'it ends early');
  const trailer = Buffer.from(bytes.buffer, bytes.byteOffset + end - TRAILER, TRAILER);
  if (trailer.readUInt32LE(0) !== crc32(content) || trailer.readUInt32LE(4) !== content.length >>> 0) {
    throw damagedApk(what, 'a checksum is wrong');
  }
  return { stored: bytes.subarray(start, end), content };
}

/** The error for what decompresses to more than is allowed. */
export function tooMuch(what: string, limit: number): RootlessBakeError {
  return new RootlessBakeError('RB_LIMIT_EXCEEDED', `${what} decompresses to more than ${limit} bytes`, {
    hint: 'no honest package or index is that large: do not use it',
  });
}

function headerLength(bytes: Uint8Array, start: number, what: string): number {
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8) {
    const isV3 = Buffer.from(bytes.subarray(start, start + 3)).toString('latin1') === 'ADB';
    if (isV3) throw unsupported(what);
    throw damagedApk(
      what,
      start === 0 ? 'it does not begin as gzip does' : `no gzip member at byte ${start}`,
    );
  }
  const flags = bytes[start + 3]!;
  let at = start + HEADER;
  if (flags & FEXTRA) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  for (const flag of [FNAME, FCOMMENT]) {
    if (flags & flag) at = endOfText(bytes, at, what);
  }
  if (flags & FHCRC) at += 2;
  return at - start;
}

function endOfText(bytes: Uint8Array, at: number, what: string): number {
  const end = bytes.indexOf(0, at);
  if (end < 0) throw damagedApk(what, 'its gzip header does not end');
  return end + 1;
}

function unsupported(what: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${what} has the format of apk-tools 3 (ADB)`, {
    hint: 'only the format of apk-tools 2 is read, which Alpine publishes as well',
  });
}
