import type { Descriptor } from '../../formats/oci/index.ts';

/** A document of an image, whose digest is its own. */
export interface RootDocument {
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
  /** As whoever gave it names it. */
  readonly mediaType?: string | undefined;
}

/** Where the parts of images are: a registry, a layout, an archive. */
export interface ImageSource {
  /** Names the image in errors and messages, without secrets. */
  readonly what: string;
  /** The manifest or index that a tag or a digest names. */
  root(): Promise<RootDocument>;
  /**
   * A small blob, whose digest and size are checked.
   *
   * @param limit in bytes
   */
  document(descriptor: Descriptor, limit: number, what: string): Promise<Uint8Array>;
  /** A layer as it is kept, compressed or not; its digest is checked before or while it is read. */
  layer(
    descriptor: Descriptor,
    what: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
}
