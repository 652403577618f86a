import type { ProgressEvent } from '../../events.ts';
import { type Colors, formatTime, printable, type Sink } from '../terminal.ts';
import { progressWords } from './amount.ts';
import { messageLine, stepLine } from './plain.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds between two drawings. */
const INTERVAL = 80;

/** Lines for steps under way; more of them are counted only. */
const MOST_LINES = 6;

/** Calls a function again and again, until the function that comes back is called. */
export type Repeat = (work: () => void, milliseconds: number) => () => void;

interface ActiveStep {
  readonly start: number;
  progress?: Extract<ProgressEvent, { type: 'step-progress' }>;
  /** The last line of its script. */
  output?: string;
}

/**
 * What has ended stays as lines; below them each step under way has one that is drawn over. Nothing of the
 * terminal's state is changed, so that there is nothing to restore, however the run ends.
 */
export function liveReporter(sink: Sink, colors: Colors, now: () => number, repeat?: Repeat): Reporter {
  const active = new Map<string, ActiveStep>();
  let drawn = 0;
  let last = Number.NEGATIVE_INFINITY;

  /** Lines that stay, and below them the steps under way. */
  const draw = (lines: readonly string[]): void => {
    const frame = frameOf(active, sink.columns, colors, now());
    sink.write(`${erase(drawn)}${lines.map((line) => `${line}\n`).join('')}${frame.join('\n')}`);
    drawn = frame.length;
    last = now();
  };
  const drawSometimes = (): void => {
    if (now() - last >= INTERVAL) draw([]);
  };
  const stop = repeat?.(() => {
    if (active.size > 0) drawSometimes();
  }, INTERVAL);
  return {
    emit(event) {
      switch (event.type) {
        case 'step-start':
          active.set(event.step, { start: now() });
          return draw([]);
        case 'step-progress':
          update(active.get(event.step), { progress: event });
          return drawSometimes();
        case 'output':
          update(active.get(event.step), { output: printable(event.line).replaceAll('\t', ' ') });
          return drawSometimes();
        case 'step-end':
          active.delete(event.step);
          return draw([stepLine(event, colors)]);
        case 'message':
          return draw([messageLine(event, colors)]);
      }
    },
    end() {
      stop?.();
      if (drawn > 0) sink.write(erase(drawn));
      drawn = 0;
    },
  };
}

function update(step: ActiveStep | undefined, change: Partial<ActiveStep>): void {
  if (step) Object.assign(step, change);
}

/** To the first of the lines that were drawn, and away with all from there on (ECMA-48: CR, CUU, ED). */
function erase(lines: number): string {
  if (lines === 0) return '';
  return `\r${lines > 1 ? `\u001b[${lines - 1}A` : ''}\u001b[J`;
}

function frameOf(
  active: ReadonlyMap<string, ActiveStep>,
  columns: number,
  colors: Colors,
  time: number,
): string[] {
  const lines = [...active].slice(0, MOST_LINES).map(([step, { start, progress, output }]) => {
    const elapsed = time - start;
    const words = progress ? `  ${progressWords(progress, elapsed).join(', ')}` : '';
    const text = `${step} ${formatTime(elapsed)}${words}${output === undefined ? '' : `  | ${output}`}`;
    return `${colors.cyan('…')} ${clip(text, columns - 3)}`;
  });
  const more = active.size - lines.length;
  return more > 0 ? [...lines, colors.dim(`  and ${more} more`)] : lines;
}

/** Cuts a line to what fits, counting code points: a line that wraps could not be drawn over. */
function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
