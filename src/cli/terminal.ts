import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** One output stream, as far as the command line uses it. */
export interface Sink {
  readonly isTTY: boolean;
  /** In characters; 80 when not known. */
  readonly columns: number;
  write(text: string | Uint8Array): void;
  /** Resolves when no more waits to be taken by the reader than is good to have ready. Default: nothing ever waits. */
  readonly drained?: () => Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Colours unless NO_COLOR (no-color.org), on a terminal or with FORCE_COLOR. */
export function colorsFor(sink: Pick<Sink, 'isTTY'>, env: Env): Colors {
  const forced = env['FORCE_COLOR'];
  const wanted =
    forced !== undefined && forced !== '' ? forced !== '0' : sink.isTTY && env['TERM'] !== 'dumb';
  return picocolors.createColors(wanted && !env['NO_COLOR']);
}

/** A line that is drawn over needs a real terminal, and nobody who reads a log of it. */
export function canAnimate(sink: Pick<Sink, 'isTTY'>, env: Env): boolean {
  return sink.isTTY && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
}

/** Text of scripts and recipes without what would steer the terminal. */
export function printable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it is about
      .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~])?/g, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: all but tab and line feed
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  );
}

/** `0.4 s`, `12.3 s`, `2 min 5 s` */
export function formatTime(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
