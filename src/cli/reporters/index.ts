import { type Colors, canAnimate, type Sink } from '../terminal.ts';
import { jsonReporter } from './json.ts';
import { liveReporter, type Repeat } from './live.ts';
import { plainReporter } from './plain.ts';
import { quietReporter } from './quiet.ts';
import type { Reporter, ReporterName } from './reporter.ts';

export interface ReporterContext {
  readonly sink: Sink;
  readonly colors: Colors;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** Keeps the times of steps under way moving. */
  readonly repeat?: Repeat;
}

/** The reporter of a name; `auto` is `tty` where a line can be drawn over, else `plain`. */
export function createReporter(name: ReporterName | 'auto', context: ReporterContext): Reporter {
  const { sink, colors, env, now, repeat } = context;
  switch (name === 'auto' ? (canAnimate(sink, env) ? 'tty' : 'plain') : name) {
    case 'tty':
      return liveReporter(sink, colors, now, repeat);
    case 'plain':
      return plainReporter(sink, colors);
    case 'quiet':
      return quietReporter(sink, colors);
    case 'json':
      return jsonReporter(sink, now);
  }
}
