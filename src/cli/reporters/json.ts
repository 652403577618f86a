import type { Sink } from '../terminal.ts';
import type { Reporter } from './reporter.ts';

/** Each event as one line of JSON: for programs that watch. */
export function jsonReporter(sink: Pick<Sink, 'write'>): Reporter {
  return { emit: (event) => sink.write(`${JSON.stringify(event)}\n`), end() {} };
}
