import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgressEvent } from '../../src/events.ts';
import type { Host } from '../../src/host.ts';

/** A host over this process that keeps what it is told, and whose run can be aborted. */
export function testHost(over: Partial<Host> = {}): {
  host: Host;
  events: ProgressEvent[];
  controller: AbortController;
} {
  const events: ProgressEvent[] = [];
  const controller = new AbortController();
  const host: Host = {
    env: { ...process.env },
    emit: (event) => events.push(event),
    signal: controller.signal,
    now: () => performance.now(),
    temporaryDirectory: tmpdir(),
    cacheDirectory: join(tmpdir(), `rootless-bake-test-cache-${process.getuid?.() ?? 0}`),
    ...over,
  };
  return { host, events, controller };
}
