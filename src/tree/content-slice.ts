import { boundedReader, type Content } from './content.ts';

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
      return boundedReader(
        size,
        (target, at) => reader.read(target, position + at),
        () => reader.close(),
      );
    },
  };
}
