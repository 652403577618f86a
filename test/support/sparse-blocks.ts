import { paxRecord, type TarBlock } from './tar-blocks.ts';

/** Offset and length. */
export type Piece = readonly [number, number];

export const SPARSE_FORMATS = ['gnu', '0.0', '0.1', '1.0'] as const;

export interface SparseParts {
  /** As the archive tells them, sound or not. */
  readonly pieces: readonly Piece[];
  /** With the holes. */
  readonly size: number;
  /** The pieces' bytes, one behind the other. */
  readonly body: string;
}

/** The blocks of `name` as a sparse file in one of GNU tar's formats, independently of the project's reader. */
export function sparseBlocks(
  format: (typeof SPARSE_FORMATS)[number],
  name: string,
  { pieces, size, body }: SparseParts,
): TarBlock[] {
  const mangled = `GNUSparseFile.1/${name}`;
  const numbers = pieces.flat().map(String);
  switch (format) {
    case 'gnu':
      return [{ name, typeflag: 'S', magic: 'ustar  \0', body, ...oldHeader(pieces, size) }];
    case '0.0': {
      const map = pieces.flatMap(([offset, length]) => [
        paxRecord('GNU.sparse.offset', String(offset)),
        paxRecord('GNU.sparse.numbytes', String(length)),
      ]);
      return [records(sizeRecord('size', size), countRecord(pieces), ...map), { name, body }];
    }
    case '0.1':
      return [
        records(
          sizeRecord('size', size),
          countRecord(pieces),
          paxRecord('GNU.sparse.name', name),
          paxRecord('GNU.sparse.map', numbers.join()),
        ),
        { name: mangled, body },
      ];
    case '1.0': {
      const map = [pieces.length, ...numbers].map((line) => `${line}\n`).join('');
      const padded = map.padEnd(Math.ceil(map.length / 512) * 512, '\0');
      return [
        records(
          paxRecord('GNU.sparse.major', '1'),
          paxRecord('GNU.sparse.minor', '0'),
          paxRecord('GNU.sparse.name', name),
          sizeRecord('realsize', size),
        ),
        { name: mangled, body: padded + body },
      ];
    }
  }
}

function records(...parts: string[]): TarBlock {
  return { typeflag: 'x', body: parts.join('') };
}

function sizeRecord(key: string, size: number): string {
  return paxRecord(`GNU.sparse.${key}`, String(size));
}

function countRecord(pieces: readonly Piece[]): string {
  return paxRecord('GNU.sparse.numblocks', String(pieces.length));
}

/** Four pieces in the header, 21 in each block that follows it. */
function oldHeader(pieces: readonly Piece[], size: number): Pick<TarBlock, 'rest' | 'blocks'> {
  const rest = Buffer.alloc(167);
  putPieces(rest, 41, pieces.slice(0, 4));
  rest[137] = pieces.length > 4 ? 1 : 0;
  putNumber(rest, 138, size);
  const blocks: Buffer[] = [];
  for (let first = 4; first < pieces.length; first += 21) {
    const block = Buffer.alloc(512);
    putPieces(block, 0, pieces.slice(first, first + 21));
    block[504] = pieces.length > first + 21 ? 1 : 0;
    blocks.push(block);
  }
  return { rest, blocks: Buffer.concat(blocks) };
}

function putPieces(block: Buffer, start: number, pieces: readonly Piece[]): void {
  for (const [index, [offset, length]] of pieces.entries()) {
    putNumber(block, start + index * 24, offset);
    putNumber(block, start + index * 24 + 12, length);
  }
}

function putNumber(block: Buffer, at: number, value: number): void {
  block.write(`${value.toString(8).padStart(11, '0')}\0`, at, 'latin1');
}
