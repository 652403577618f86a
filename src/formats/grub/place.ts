import type { GrubRun } from './interpreter.ts';
import type { GrubMachine } from './machine.ts';
import { isKnown, type Value } from './value.ts';

/** A path and the device that it is on. */
export interface GrubPlace {
  readonly device: string;
  readonly path: string;
}

/** Where `(device)/path`, or `/path` on the root device, leads; undefined when that is not known, or not read. */
export function locate(run: GrubRun, path: Value): GrubPlace | undefined {
  return placeOf(run.machine, path, run.value('root'));
}

export function placeOf(machine: GrubMachine, path: Value, root: Value): GrubPlace | undefined {
  if (!isKnown(path)) return undefined;
  const [, written, rest] = /^(?:\(([^()]*)\))?(\/.*)$/s.exec(path.text) ?? [];
  if (rest === undefined) return undefined;
  if (written === undefined && !isKnown(root)) return undefined;
  const device = machine.resolve(written ?? root.text);
  return device === undefined ? undefined : { device, path: rest };
}
