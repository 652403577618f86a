/**
 * The files that e2fsprogs' own build generates with configure, awk and a host compiler, generated here.
 */
import { compileErrorTable, namesOfErrors } from './error-table.ts';
import { BuildError } from './errors.ts';
import { source } from './recipe.ts';
import type { FileMap } from './tarball.ts';

/** Values of configure's substitutions for wasm32-wasip1. */
const substitutions: Record<string, string> = {
  ASM_TYPES_HEADER: '',
  PUBLIC_CONFIG_HEADER: '',
  E2FSPROGS_VERSION: source.version,
  SIZEOF_SHORT: '2',
  SIZEOF_INT: '4',
  SIZEOF_LONG: '4',
  SIZEOF_LONG_LONG: '8',
};

/** Replaces `@NAME@` as configure does. */
function substitute(text: string): string {
  return text.replace(/@([A-Z0-9_]+)@/g, (match, name: string) => substitutions[name] ?? match);
}

/** Eight rows of 256 for slicing by eight: `first` is a byte's CRC, `next` shifts a CRC by one zero byte. */
function crcRows(first: (byte: number) => number, next: (crc: number, row0: number[]) => number): number[][] {
  const rows = [Array.from({ length: 256 }, (_, byte) => first(byte) >>> 0)];
  for (let row = 1; row < 8; row++) rows.push(rows[row - 1]!.map((crc) => next(crc, rows[0]!) >>> 0));
  return rows;
}

/**
 * lib/ext2fs/crc32c_table.h: CRC-32C (Castagnoli, bit-reversed) and the big-endian CRC-32 of journals.
 * `tole` and `tobe` are crc32c.c's macros for a 32-bit value in memory order.
 */
function crcTables(): string {
  const castagnoli = crcRows(
    (byte) => {
      let crc = byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      return crc;
    },
    (crc, row0) => (crc >>> 8) ^ row0[crc & 0xff]!,
  );
  const bigEndian = crcRows(
    (byte) => {
      let crc = byte << 24;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
      return crc;
    },
    (crc, row0) => (crc << 8) ^ row0[crc >>> 24]!,
  );
  const table = (name: string, macro: string, rows: number[][]): string => {
    const body = rows.map((row) => `{${row.map((crc) => `${macro}(0x${crc.toString(16)}L)`).join(',')}}`);
    return `static const uint32_t ${name}[8][256] = {\n${body.join(',\n')}\n};\n`;
  };
  return table('crc32table_be', 'tobe', bigEndian) + table('crc32ctable_le', 'tole', castagnoli);
}

/** misc/default_profile.c: mke2fs.conf as a string. */
function defaultProfile(conf: string): string {
  const lines = conf.trimEnd().split('\n');
  return `const char *mke2fs_default_profile =\n${lines.map((line) => `${JSON.stringify(`${line}\n`)}\n`).join('')};\n`;
}

/**
 * Makes the generated files.
 * @param upstream the unpacked tarball
 * @returns the new files only, by path in the tarball
 * @throws {BuildError} if a template is missing
 */
export function generate(upstream: FileMap): FileMap {
  const text = (path: string): string => {
    const bytes = upstream.get(path);
    if (!bytes) throw new BuildError(`${source.file} has no ${path}`);
    return new TextDecoder().decode(bytes);
  };
  const ext2Errors = substitute(text('lib/ext2fs/ext2_err.et.in'));
  const ext2 = compileErrorTable(ext2Errors);
  const prof = compileErrorTable(text('lib/support/prof_err.et'));
  const files: Record<string, string> = {
    'lib/ext2fs/ext2_types.h': substitute(text('lib/ext2fs/ext2_types.h.in')),
    'lib/blkid/blkid_types.h': substitute(text('lib/blkid/blkid_types.h.in')),
    'lib/uuid/uuid_types.h': substitute(text('lib/uuid/uuid_types.h.in')),
    'lib/uuid/uuid.h': substitute(text('lib/uuid/uuid.h.in')),
    'lib/ext2fs/ext2_err.h': ext2.header,
    'lib/ext2fs/ext2_err.c': ext2.source + namesOfErrors('ext2', ext2Errors),
    'lib/support/prof_err.h': prof.header,
    'lib/support/prof_err.c': prof.source,
    'lib/ext2fs/crc32c_table.h': crcTables(),
    'misc/default_profile.c': defaultProfile(text('misc/mke2fs.conf.in')),
  };
  return new Map(Object.entries(files).map(([path, content]) => [path, new TextEncoder().encode(content)]));
}
