import { readText, writeStoreFile } from './files.ts';
import { aboutPath } from './layout.ts';

/** The side record of a blob. It serves people and speed; a blob without one is as good. */
export interface About {
  /** What made the blob: `download`, `tree`, `image` and others. */
  readonly kind: string;
  /** In words for people. */
  readonly what: string;
  /** Where it came from, without secrets. */
  readonly url?: string;
  /** When it came, ISO 8601. */
  readonly created: string;
  /** Of the blob's file when its digest was last found right, see `fingerprint` of files.ts. */
  readonly fingerprint: string;
}

/** Undefined also for a damaged one. */
export function readAbout(directory: string, sha256: string): About | undefined {
  const text = readText(aboutPath(directory, sha256));
  if (text === undefined) return undefined;
  try {
    const about = JSON.parse(text) as Partial<About> | null;
    if (typeof about?.kind !== 'string' || typeof about.what !== 'string') return undefined;
    if (typeof about.created !== 'string' || typeof about.fingerprint !== 'string') return undefined;
    return about as About;
  } catch {
    return undefined;
  }
}

export function writeAbout(directory: string, sha256: string, about: About): void {
  writeStoreFile(directory, aboutPath(directory, sha256), `${JSON.stringify(about)}\n`);
}
