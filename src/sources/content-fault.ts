import { RootlessBakeError } from '../errors.ts';

/** True for complaints about what bytes say, as opposed to how they come here. */
export function isContentFault(error: unknown): boolean {
  if (!(error instanceof RootlessBakeError)) return false;
  return /^RB_(ARCHIVE|DIGEST|LIMIT|OCI|PATH|TREE)_/.test(error.code);
}
