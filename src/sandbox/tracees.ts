import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/**
 * Kills at once, and waits for nothing: every process below `pid`, by parent, by tracer, or by the group of one of
 * them (its own group may hold the rest of a pipeline). For a user who does not want to wait until things are
 * ended in order.
 */
export function killDescendants(pid: number): void {
  if (!existsSync('/proc')) return;
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ id: Number(name), above: idsAbove(name, pid) }));
  const own = new Set([pid]);
  for (let size = 0; size < own.size; ) {
    size = own.size;
    for (const { id, above } of processes) if (above.some((other) => own.has(other))) own.add(id);
  }
  own.delete(pid);
  // The newest first: a tracer should not go before those whom it confines.
  for (const id of [...own].reverse()) signalProcess(id, 'SIGKILL');
}

/** Parent, tracer and group (other than `ownGroup`) of a process, from proc(5)'s `stat` and `status`. */
function idsAbove(pid: string, ownGroup: number): number[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ids = [Number(parent), tracerOf(pid) ?? 0, Number(group) === ownGroup ? 0 : Number(group)];
    return ids.filter((id) => id > 0);
  } catch {
    return []; // It has ended since the listing.
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Processes whose tracer is `pid`, from proc(5)'s `status`. */
export function traceesOf(pid: number): number[] {
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
