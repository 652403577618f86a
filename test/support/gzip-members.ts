import { inflateRawSync } from 'node:zlib';

export interface GzipMember {
  /** As stored. */
  readonly raw: Buffer;
  readonly bytes: Buffer;
}

/** Splits concatenated gzip members (RFC 1952) without names and comments, as apk has them. */
export function gzipMembers(file: Buffer): GzipMember[] {
  const members: GzipMember[] = [];
  let rest = file;
  while (rest.length > 0) {
    const header = headerLength(rest);
    const { buffer, engine } = inflateRawSync(rest.subarray(header), { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    const end = header + engine.bytesWritten + 8;
    members.push({ raw: rest.subarray(0, end), bytes: buffer });
    rest = rest.subarray(end);
  }
  return members;
}

function headerLength(bytes: Buffer): number {
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const flag of [8, 16]) if (flags & flag) at = bytes.indexOf(0, at) + 1;
  return flags & 2 ? at + 2 : at;
}
