import type { ImageOptions } from '../export/image/image-layout.ts';
import type { OutputCompression } from '../formats/compression/index.ts';

/** Options of the commands that make an image of a root. */
export interface ImageFlags {
  readonly compression?: OutputCompression;
  readonly platform?: string;
}

export function imageOptions({ compression, platform }: ImageFlags): ImageOptions {
  return {
    ...(compression !== undefined && { compression }),
    ...(platform !== undefined && { platform }),
  };
}
