/** `/etc/ld.so.cache` as glibc's ldconfig writes it (`struct cache_file_new` in sysdeps/generic/dl-cache.h). */

const OLD_MAGIC = 'ld.so-1.7.0';
const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER = 48;
const ENTRY = 24;

/**
 * Paths by the names that libraries are looked for by. Entries for processors with more than the baseline are left
 * out. Damage gives fewer entries, never an error.
 */
export function readLoaderCache(bytes: Uint8Array): Map<string, string[]> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const cache = whole.subarray(startOfNew(whole));
  const paths = new Map<string, string[]>();
  if (cache.length < HEADER || cache.toString('latin1', 0, MAGIC.length) !== MAGIC) return paths;
  const count = Math.min(cache.readUInt32LE(20), Math.floor((cache.length - HEADER) / ENTRY));
  for (let index = 0; index < count; index += 1) {
    const at = HEADER + index * ENTRY;
    const needsMore = cache.readBigUInt64LE(at + 16) !== 0n;
    const [name, path] = [
      textAt(cache, cache.readUInt32LE(at + 4)),
      textAt(cache, cache.readUInt32LE(at + 8)),
    ];
    if (!needsMore && name && path) paths.set(name, [...(paths.get(name) ?? []), path]);
  }
  return paths;
}

/** Behind a cache in the old format, where there is one: 12 bytes for each entry, then aligned to 8. */
function startOfNew(bytes: Buffer): number {
  if (bytes.length < 16 || bytes.toString('latin1', 0, OLD_MAGIC.length) !== OLD_MAGIC) return 0;
  return (16 + bytes.readUInt32LE(12) * 12 + 7) & ~7;
}

/** Offsets of texts count from the start of the new format. */
function textAt(cache: Buffer, offset: number): string | undefined {
  const end = cache.indexOf(0, offset);
  return offset < cache.length && end >= 0 ? cache.toString('utf8', offset, end) : undefined;
}
