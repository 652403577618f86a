/** Roots of sizes that no distribution has. Equal runs make equal roots. */
import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MEBIBYTE = 1 << 20;
const PIECE = Buffer.alloc(8 * MEBIBYTE);

/**
 * 30,000 files and 2 GiB in 2,500 folders. Sizes are spread as those of a Linux root are: log-normal, half of
 * them below 6 KiB, a mean of 70 KiB, and the largest of 45 MiB.
 */
export function makeLargeRoot(folder) {
  const files = 30_000;
  const bytes = byteStream('large');
  for (const [index, size] of logNormalSizes(files, 2048 * MEBIBYTE).entries()) {
    const inPackage = index % 60;
    const parent = join(folder, `usr/share/package-${Math.floor(index / 60)}`, `part-${inPackage >> 4}`);
    if (inPackage % 16 === 0) mkdirSync(parent, { recursive: true });
    writeFile(join(parent, `file-${inPackage}.dat`), size, bytes);
  }
}

/** 50,000 files of up to 200 bytes in one folder. */
export function makeFlatRoot(folder) {
  const bytes = byteStream('flat');
  const parent = join(folder, 'spool');
  mkdirSync(parent);
  for (let index = 0; index < 50_000; index += 1) {
    writeFileSync(join(parent, `message-${String(index).padStart(6, '0')}`), bytes(1 + (index % 200)));
  }
}

export function makeHugeFile(folder) {
  writeFile(join(folder, 'disk.raw'), 5120 * MEBIBYTE, byteStream('huge'));
}

function writeFile(path, size, bytes) {
  const fd = openSync(path, 'w');
  for (let left = size; left > 0; left -= PIECE.length) writeSync(fd, bytes(Math.min(left, PIECE.length)));
  closeSync(fd);
}

/** Bytes without runs of zeros, of which some tools would make holes: AES in counter mode, 2 GB/s and more. */
function byteStream(seed) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.from(seed.padEnd(16)), Buffer.alloc(16));
  return (length) => cipher.update(PIECE.subarray(0, length));
}

/** Sizes in bytes, in no order; the last one brings them to `total`. */
function logNormalSizes(count, total) {
  const random = randomNumbers();
  const sizes = Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.exp(Math.log(6 * 1024) + 2.23 * normal);
  });
  const scale = total / sizes.reduce((sum, size) => sum + size, 0);
  let left = total;
  return sizes.map((size, index) => {
    const own = index === count - 1 ? left : Math.floor(size * scale);
    left -= own;
    return own;
  });
}

/** Numbers from 0 to 1 (exclusive): 32 bits of a linear congruential generator over 64. */
function randomNumbers() {
  let state = 1n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 32n) / 2 ** 32;
  };
}
