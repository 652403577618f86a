import type { Colors, Sink } from '../terminal.ts';
import { messageLine } from './plain.ts';
import type { Reporter } from './reporter.ts';

/** Warnings only. */
export function quietReporter(sink: Pick<Sink, 'write'>, colors: Colors): Reporter {
  return {
    emit(event) {
      if (event.type === 'message' && event.level === 'warning')
        sink.write(`${messageLine(event, colors)}\n`);
    },
    end() {},
  };
}
