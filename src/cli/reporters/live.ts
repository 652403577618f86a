import type { ProgressEvent } from '../../events.ts';
import { formatSize } from '../../recipe/size.ts';
import { type Colors, printable, type Sink } from '../terminal.ts';
import { messageLine, stepLine } from './plain.ts';
import type { Reporter } from './reporter.ts';

/** To the line's start, and erase to its end (ECMA-48: CR, EL). */
const CLEAR = '\r\u001b[K';

/** Milliseconds between two drawings of the same step. */
const INTERVAL = 80;

/** Finished steps stay as lines; the one at work is drawn over in the last line of a terminal. */
export function liveReporter(sink: Sink, colors: Colors, now: () => number): Reporter {
  let drawn = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (drawn) sink.write(CLEAR);
    drawn = false;
  };
  const draw = (text: string, isNew: boolean) => {
    if (!isNew && now() - last < INTERVAL) return;
    last = now();
    drawn = true;
    sink.write(`${CLEAR}${colors.cyan('…')} ${clip(text, sink.columns - 3)}`);
  };
  return {
    emit(event) {
      switch (event.type) {
        case 'step-start':
          return draw(event.step, true);
        case 'step-progress':
          return draw(`${event.step} ${amount(event)}`, false);
        case 'output':
          return draw(`${event.step} | ${printable(event.line).replaceAll('\t', ' ')}`, false);
        case 'step-end':
          clear();
          return sink.write(`${stepLine(event, colors)}\n`);
        case 'message':
          clear();
          return sink.write(`${messageLine(event, colors)}\n`);
      }
    },
    end: clear,
  };
}

function amount({ current, total, unit }: Extract<ProgressEvent, { type: 'step-progress' }>): string {
  const say = (value: number) => (unit === 'bytes' ? formatSize(value) : String(value));
  if (total === undefined) return say(current);
  const percent = total > 0 ? Math.floor((100 * Math.min(current, total)) / total) : 100;
  return `${percent} % of ${say(total)}`;
}

/** Cuts a line to what fits, counting code points: a line that wraps could not be drawn over. */
function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
