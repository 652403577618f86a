import { RootlessBakeError } from '../errors.ts';

const UNITS = new Map([
  ['', 1],
  ['B', 1],
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
  ['T', 2 ** 40],
]);

/**
 * Reads a size such as `128M`, `1.5G`, `64MiB` or `134217728`. Units are powers of 1024, as in fallocate,
 * mke2fs and QEMU.
 *
 * @returns whole bytes
 * @throws RB_RECIPE_INVALID for anything else, `128 MB` of the decimal kind included
 */
export function parseSize(text: string | number): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([BKMGT]?)(i?B)?\s*$/i.exec(String(text));
  const unit = match?.[2]?.toUpperCase() ?? '';
  const suffix = match?.[3];
  if (!match || (unit === '' && suffix) || (unit === 'B' && suffix)) throw nonsense(text);
  if (suffix && !suffix.toLowerCase().startsWith('i')) {
    throw new RootlessBakeError('RB_RECIPE_INVALID', `size ${JSON.stringify(text)} could mean 1000 or 1024`, {
      hint: `write ${match[1]}${unit}, which is in powers of 1024`,
    });
  }
  const bytes = Number(match[1]) * UNITS.get(unit)!;
  if (!Number.isSafeInteger(bytes)) throw nonsense(text);
  return bytes;
}

/** Bytes for people: `64 MiB`, `7.9 MiB`, `512 B`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

function nonsense(text: string | number): RootlessBakeError {
  return new RootlessBakeError('RB_RECIPE_INVALID', `${JSON.stringify(text)} is not a size`, {
    hint: 'write whole bytes or a number with K, M, G or T (powers of 1024), such as 128M or 1.5G',
  });
}
