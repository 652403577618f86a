import type { ProgressEvent } from '../../events.ts';
import { type Colors, formatTime, printable, type Sink } from '../terminal.ts';
import { amountWords } from './amount.ts';
import type { Reporter } from './reporter.ts';

/** A line for each step, each line of a script and each message: for logs. */
export function plainReporter(sink: Pick<Sink, 'write'>, colors: Colors): Reporter {
  return {
    emit(event) {
      const line = plainLine(event, colors);
      if (line !== undefined) sink.write(`${line}\n`);
    },
    end() {},
  };
}

/** The line for an event, or undefined for events that only move a bar. */
export function plainLine(event: ProgressEvent, colors: Colors): string | undefined {
  switch (event.type) {
    case 'step-end':
      return stepLine(event, colors);
    case 'output':
      return colors.dim(`  ${event.step} | ${printable(event.line)}`);
    case 'message':
      return messageLine(event, colors);
    default:
      return undefined;
  }
}

/** `✓ NAME TIME  cached, AMOUNT, SPEED, DETAIL`, or `✗ NAME TIME  failed` */
export function stepLine(event: Extract<ProgressEvent, { type: 'step-end' }>, colors: Colors): string {
  const { step, milliseconds, outcome, cached, amount, detail } = event;
  const isDone = outcome === 'done';
  const words = [
    ...(isDone ? [] : [colors.red(outcome)]),
    ...(cached ? [colors.cyan('cached')] : []),
    ...(amount ? amountWords(amount, milliseconds) : []),
    ...(detail ? [printable(detail)] : []),
  ].join(', ');
  const mark = isDone ? colors.green('✓') : colors.red('✗');
  return `${mark} ${step} ${colors.dim(formatTime(milliseconds))}${words && `  ${words}`}`;
}

export function messageLine(event: Extract<ProgressEvent, { type: 'message' }>, colors: Colors): string {
  const text = printable(event.text);
  return event.level === 'warning' ? `${colors.yellow('warning:')} ${text}` : text;
}
