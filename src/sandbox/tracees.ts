import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './process.ts';

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 1000;

/**
 * Ends every process that a proot traces, whatever group or session it moved to, and waits until proot is
 * gone. proot itself is spared while it has tracees: without it they would run on, unseen and no longer
 * confined to their root.
 */
export async function endTracees(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  for (const tracee of traceesOf(pid)) signalProcess(tracee, 'SIGTERM');
  for (let waited = 0; isRunning(child); waited += 20) {
    await sleep(20);
    if (waited < GRACE) continue;
    const tracees = traceesOf(pid);
    for (const tracee of tracees) signalProcess(tracee, 'SIGKILL');
    if (tracees.length === 0) signalProcess(pid, 'SIGKILL');
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Processes whose tracer is `pid`, from proc(5)'s `status`. */
function traceesOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => tracerOf(name) === pid)
    .map(Number);
}

function tracerOf(pid: string): number | undefined {
  try {
    const match = /^TracerPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match ? Number(match[1]) : undefined;
  } catch {
    return undefined; // It has ended since the listing.
  }
}
