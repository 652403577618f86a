import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import type { ProcessResult } from '../../sandbox/process.ts';
import type { Proot } from '../../sandbox/proot.ts';
import { nearest } from '../../suggest.ts';
import type { Tree } from '../../tree/tree.ts';
import { type GuestStep, guestStep, guestsOf, indent } from '../guest/guest-step.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { GUEST_SHIMS } from '../shims/shims.ts';

/** What apk says about a package or an index whose bytes are not what was signed (apk-tools 2, src/print.c). */
const TAMPERED =
  /^ERROR: .*: (?:BAD signature|UNTRUSTED signature|BAD archive|IO ERROR|.*checksum|.*package (?:file )?format error)/m;
const UNAVAILABLE =
  /^WARNING: .*: (?:could not connect|.*network|.*temporary|DNS|.*timed out|.*remote server)/m;
const UNKNOWN = /^ {2}(\S+) \(no such package\):/gm;

export interface PackagesOptions {
  readonly packages: readonly string[];
  readonly repositories: readonly string[] | undefined;
}

/**
 * Installs packages by the root's own apk under proot, with all that their scripts and triggers do.
 *
 * @throws RB_APK_UNTRUSTED when an index or a package is not what its key has signed
 * @throws RB_APK_FAILED when apk fails for any other reason, with its last lines
 */
export async function installPackages(
  options: PackagesOptions,
  ledger: Ledger,
  proot: Proot,
  host: Host,
): Promise<void> {
  if (!hasApk(ledger.tree)) {
    throw new RootlessBakeError('RB_APK_FAILED', 'packages are asked for, but the base has no apk', {
      hint: 'Start from an Alpine root file system, such as its minirootfs.',
    });
  }
  await guestStep('packages', ledger, guestsOf(proot), options.repositories, host, async (guest) => {
    const update = await apk(guest, ['update']);
    if (update.exitCode !== 0) throw failure(update, 'apk update');
    const add = await apk(guest, ['add', '--no-progress', '--', ...options.packages]);
    if (add.exitCode !== 0) throw await addFailure(add, guest);
  });
}

function apk(guest: GuestStep, args: readonly string[], collect = false): Promise<ProcessResult> {
  return guest.run([`${GUEST_SHIMS}/apk`, ...args], { collect });
}

function hasApk(tree: Tree): boolean {
  return ['/sbin/apk', '/usr/sbin/apk', '/usr/bin/apk'].some(
    (path) => tree.resolve(path)?.entry.type === 'file',
  );
}

async function addFailure(result: ProcessResult, guest: GuestStep): Promise<RootlessBakeError> {
  const unknown = [...result.lastLines.join('\n').matchAll(UNKNOWN)].map(([, name]) => name!);
  if (unknown.length === 0) return failure(result, 'apk add');
  const known = (await apk(guest, ['search', '--quiet'], true)).lastLines;
  const hints = unknown.flatMap((name) => {
    const near = nearest(name, known);
    return near.length > 0 ? [`${name}: did you mean ${near.join(' or ')}?`] : [];
  });
  return failure(result, 'apk add', hints.join(' ') || 'Check the names and the repositories.');
}

function failure(result: ProcessResult, command: string, hint?: string): RootlessBakeError {
  const text = result.lastLines.join('\n');
  const message = `${command} failed with exit code ${result.exitCode}; its last lines:\n${indent(text)}`;
  if (TAMPERED.test(text)) {
    return new RootlessBakeError('RB_APK_UNTRUSTED', message, {
      hint: 'A package or an index is not what its key has signed: it was tampered with or is damaged.',
    });
  }
  if (UNAVAILABLE.test(text)) {
    return new RootlessBakeError('RB_NETWORK', message, { hint: 'Check the network and the repositories.' });
  }
  return new RootlessBakeError('RB_APK_FAILED', message, { hint });
}
