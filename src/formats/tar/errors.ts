import { RootlessBakeError } from '../../errors.ts';

/** @param what names the archive */
export function damaged(what: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is damaged or no tar: ${why}`, {
    hint: 'download or make it again',
  });
}

/** @param option of GNU tar, which asked for what is not read */
export function unsupported(what: string, why: string, option?: string): RootlessBakeError {
  const hint = option
    ? `make the archive again without ${option}`
    : 'make the archive again, by GNU tar or bsdtar';
  return new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${what} is not read: ${why}`, { hint });
}

export function tooLarge(what: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_TOO_LARGE', `${what} holds ${why}`, {
    hint: 'if that much is expected, raise the limit',
  });
}
