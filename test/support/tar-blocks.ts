/** One entry of a hand-made tar. Strings are latin1 bytes. */
export interface TarBlock {
  readonly name?: string;
  readonly typeflag?: string;
  readonly linkname?: string;
  readonly body?: string;
  /** Stands between header and body. */
  readonly blocks?: Buffer;
  /** Overrides the body's length. */
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly mtime?: number;
  readonly uname?: string;
  readonly gname?: string;
  /** Of a device. */
  readonly major?: number;
  readonly magic?: string;
  /** Bytes of the header from 345 on, where each kind of tar has its own fields. */
  readonly rest?: Buffer;
  /** Sums signed bytes, as old tars did. */
  readonly signedChecksum?: boolean;
}

/**
 * Lays out a tar block by block, valid or not, independently of the project's writer (numbers that octal
 * digits cannot hold are written in GNU's base 256).
 */
export function tarBlocks(blocks: readonly TarBlock[], end = true): Buffer {
  const parts = blocks.flatMap((block) => {
    const body = Buffer.from(block.body ?? '', 'latin1');
    return [
      header(block, body.length),
      block.blocks ?? Buffer.alloc(0),
      body,
      Buffer.alloc(-body.length & 511),
    ];
  });
  return Buffer.concat([...parts, Buffer.alloc(end ? 1024 : 0)]);
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const digits = [1, 2, 3, 4].find((count) => String(rest.length + count).length === count)!;
  return `${rest.length + digits}${rest}`;
}

function header(block: TarBlock, bodyLength: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(block.name ?? '', 0, 100, 'latin1');
  number(bytes, 100, 8, block.mode ?? 0o644);
  number(bytes, 108, 8, block.uid ?? 0);
  number(bytes, 116, 8, 0);
  number(bytes, 124, 12, block.size ?? bodyLength);
  number(bytes, 136, 12, block.mtime ?? 0);
  bytes.write(block.typeflag ?? '0', 156, 'latin1');
  bytes.write(block.linkname ?? '', 157, 100, 'latin1');
  bytes.write(block.magic ?? 'ustar\u000000', 257, 'latin1');
  bytes.write(block.uname ?? '', 265, 'latin1');
  bytes.write(block.gname ?? '', 297, 'latin1');
  if (block.major !== undefined) number(bytes, 329, 8, block.major);
  block.rest?.copy(bytes, 345);
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce(
    (total, byte) => total + (block.signedChecksum && byte > 127 ? byte - 256 : byte),
    0,
  );
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

function number(bytes: Buffer, offset: number, length: number, value: number): void {
  const digits = value.toString(8);
  if (value >= 0 && digits.length < length) {
    bytes.write(digits.padStart(length - 1, '0'), offset, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let at = offset + length - 1; at >= offset; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[offset]! |= 0x80;
}
