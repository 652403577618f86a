import { bytesContent, type Content, type ContentPlace, type ContentReader } from '../../tree/content.ts';

/** A content that lies elsewhere, and is read from memory as long as its bytes are held there as well. */
export class HeldContent implements Content {
  readonly size: number;
  readonly place?: ContentPlace;
  readonly #stored: Content;
  #bytes: Content | undefined;

  constructor(stored: Content, bytes: Uint8Array) {
    this.size = stored.size;
    if (stored.place) this.place = stored.place;
    this.#stored = stored;
    this.#bytes = bytesContent(bytes);
  }

  open(): ContentReader {
    return (this.#bytes ?? this.#stored).open();
  }

  /** Gives the memory back. */
  release(): void {
    this.#bytes = undefined;
  }
}
