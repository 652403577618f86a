import { placedContent } from '../../disk/placed-content.ts';
import type { WrittenMap } from '../../disk/written-map.ts';
import type { Content, ContentPlace } from '../../tree/content.ts';
import type { Batch, Piece } from './batch.ts';

/** A batch in a form that can be sent to another thread. */
export interface Task {
  readonly index: number;
  /** One flag, which whoever does the batch sets first. */
  readonly claim: Int32Array<SharedArrayBuffer>;
  readonly contents: readonly { readonly size: number; readonly place: ContentPlace }[];
  /** For each piece: index of its content, position, offset, length. */
  readonly pieces: Float64Array<ArrayBuffer>;
}

/** What a thread writes to. */
export interface WorkerTarget {
  readonly fd: number;
  /** Where the device starts in the file, in bytes. */
  readonly base: number;
  readonly written: WrittenMap;
}

/** What a thread tells of a task that it claimed. */
export interface TaskResult {
  readonly index: number;
  /** False when the batch has to be done again, in the thread that knows its errors. */
  readonly isDone: boolean;
}

const FIELDS = 4;

/** A batch as a task; undefined when some content lies where only this thread can read it. */
export function toTask(batch: Batch, index: number, claim: Task['claim']): Task | undefined {
  const contents: Task['contents'][number][] = [];
  const pieces = new Float64Array(batch.pieces.length * FIELDS);
  let last: Content | undefined;
  for (const [at, { content, position, offset, length }] of batch.pieces.entries()) {
    const { size, place } = content;
    if (!place) return undefined;
    if (content !== last) contents.push({ size, place });
    last = content;
    pieces.set([contents.length - 1, position, offset, length], at * FIELDS);
  }
  return { index, claim, contents, pieces };
}

/** The inverse of {@link toTask}. */
export function taskPieces({ contents, pieces }: Task): Piece[] {
  const opened = contents.map(({ size, place }) => placedContent(size, place));
  return Array.from({ length: pieces.length / FIELDS }, (_, at) => {
    const [content, position, offset, length] = pieces.subarray(at * FIELDS, (at + 1) * FIELDS);
    return { content: opened[content!]!, position: position!, offset: offset!, length: length! };
  });
}

/** True for the one caller that may do the batch of the flag. */
export function claim(flag: Task['claim'] | undefined): boolean {
  return flag !== undefined && Atomics.compareExchange(flag, 0, 0, 1) === 0;
}
