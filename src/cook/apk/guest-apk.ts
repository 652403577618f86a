import { RootlessBakeError } from '../../errors.ts';
import type { ProcessResult } from '../../sandbox/process.ts';
import { nearest } from '../../suggest.ts';
import { type GuestStep, indent } from '../guest/guest-step.ts';
import { GUEST_SHIMS } from '../shims/shims.ts';

/** What apk says about a package or an index whose bytes are not what was signed (apk-tools 2, src/print.c). */
const TAMPERED =
  /^ERROR: .*: (?:BAD signature|UNTRUSTED signature|BAD archive|IO ERROR|.*checksum|.*package (?:file )?format error)/m;
const UNAVAILABLE =
  /^WARNING: .*: (?:could not connect|.*network|.*temporary|DNS|.*timed out|.*remote server)/m;
const UNKNOWN = /^ {2}(\S+) \(no such package\):/gm;

/** Runs the root's own apk, by way of its shim. */
export function apk(guest: GuestStep, args: readonly string[], collect = false): Promise<ProcessResult> {
  return guest.run([`${GUEST_SHIMS}/apk`, ...args], { collect });
}

/** The error for an `apk add` that has failed. */
export async function addFailure(result: ProcessResult, guest: GuestStep): Promise<RootlessBakeError> {
  const unknown = [...result.lastLines.join('\n').matchAll(UNKNOWN)].map(([, name]) => name!);
  if (unknown.length === 0) return failure(result, 'apk add');
  const known = (await apk(guest, ['search', '--quiet'], true)).lastLines;
  const hints = unknown.flatMap((name) => {
    const near = nearest(name, known);
    return near.length > 0 ? [`${name}: did you mean ${near.join(' or ')}?`] : [];
  });
  return failure(result, 'apk add', hints.join(' ') || 'check the names and the repositories');
}

/** The error for any other command of apk. */
export function failure(result: ProcessResult, command: string, hint?: string): RootlessBakeError {
  const text = result.lastLines.join('\n');
  const message = `${command} failed with exit code ${result.exitCode}; its last lines:\n${indent(text)}`;
  if (TAMPERED.test(text)) {
    return new RootlessBakeError('RB_APK_UNTRUSTED', message, {
      hint: 'a package or an index is not what its key has signed: it was tampered with or is damaged',
    });
  }
  if (UNAVAILABLE.test(text)) {
    return new RootlessBakeError('RB_NETWORK', message, { hint: 'check the network and the repositories' });
  }
  return new RootlessBakeError('RB_APK_FAILED', message, { hint });
}
