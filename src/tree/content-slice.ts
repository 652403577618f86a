import type { Content } from './content.ts';

/**
 * A part of a content, as a content: nothing is copied.
 *
 * @param position of its first byte
 * @param size in bytes; the part must lie within the whole
 */
export function contentSlice(whole: Content, position: number, size: number): Content {
  const { bytes, place } = whole;
  return {
    size,
    ...(bytes && { bytes: bytes.subarray(position, position + size) }),
    ...(place && { place: { file: place.file, position: place.position + position } }),
    open() {
      const reader = whole.open();
      return {
        read: (target, at) => {
          const length = Math.min(target.length, Math.max(0, size - at));
          return length === 0 ? 0 : reader.read(target.subarray(0, length), position + at);
        },
        close: () => reader.close(),
      };
    },
  };
}
