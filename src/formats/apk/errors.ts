import { RootlessBakeError } from '../../errors.ts';

/** @param what names the index or the package */
export function damagedApk(what: string, why: string, cause?: unknown): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is damaged or no apk file: ${why}`, {
    hint: 'download it again',
    cause,
  });
}

export function untrustedApk(what: string, why: string, hint?: string): RootlessBakeError {
  return new RootlessBakeError('RB_SIGNATURE_INVALID', `${what} is not trusted: ${why}`, {
    hint: hint ?? 'it was tampered with or is damaged: download it again, from another mirror',
  });
}
