import { RootlessBakeError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { apt } from './apt.ts';
import type { Check, CheckOutcome, CheckResult } from './check.ts';
import { node } from './node.ts';
import { proot } from './proot.ts';
import { proxies } from './proxies.ts';
import { kvm, qemu } from './qemu.ts';
import { store } from './store.ts';
import { temporaryFiles } from './temporary-files.ts';
import { wasm } from './wasm.ts';
import { workingFolder } from './working-folder.ts';

/** What is required comes first. */
const CHECKS: readonly Check[] = [
  node,
  wasm,
  store,
  temporaryFiles,
  workingFolder,
  proxies,
  apt,
  proot,
  qemu,
  kvm,
];

/** What works on this machine. */
export interface DoctorReport {
  /** Whether everything works that is required. */
  readonly healthy: boolean;
  readonly checks: readonly CheckResult[];
}

/**
 * Tries what rootless-bake needs of this machine, all at once, each for a limited time.
 *
 * @throws RB_INTERRUPTED; what does not work is told, not thrown
 */
export async function doctor(host: Host, checks: readonly Check[] = CHECKS): Promise<DoctorReport> {
  throwIfAborted(host.signal);
  const results = await Promise.all(checks.map((check) => runCheck(check, host)));
  return { healthy: results.every(({ status }) => status !== 'failed'), checks: results };
}

async function runCheck(check: Check, host: Host): Promise<CheckResult> {
  const { id, title, neededFor, required, patience } = check;
  const start = host.now();
  const limit = AbortSignal.timeout(patience);
  const signal = AbortSignal.any([host.signal, limit]);
  let outcome: CheckOutcome;
  try {
    outcome = await Promise.race([look(check, { ...host, signal }), aborted(signal)]);
  } catch (error) {
    throwIfAborted(host.signal);
    outcome = limit.aborted
      ? {
          status: 'failed',
          found: `no end within ${patience / 1000} s`,
          remedy: 'Try again when the machine is less busy.',
        }
      : failure(error);
  }
  const status = outcome.status === 'failed' && !required ? 'warning' : outcome.status;
  return { id, title, neededFor, required, ...outcome, status, milliseconds: host.now() - start };
}

/** What a check throws at once is thrown by its promise as well. */
async function look(check: Check, host: Host): Promise<CheckOutcome> {
  return await check.look(host);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function failure(error: unknown): CheckOutcome {
  const found = error instanceof Error ? error.message : String(error);
  const hint = error instanceof RootlessBakeError ? error.hint : undefined;
  return { status: 'failed', found, ...(hint !== undefined && { remedy: hint }) };
}
