/** What the build tells while it runs. */
export interface Progress {
  /** A new step. */
  step(text: string): void;
  /** How far the step is. */
  count(done: number, total: number): void;
  /** Leaves the line. */
  end(): void;
}

/**
 * Writes progress to a stream: one line that is rewritten on a terminal, otherwise a line for each step and
 * each quarter of its count.
 */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  const prefix = 'ext2fs-wasm: ';
  const live = stream.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['CI'];
  let current = '';
  let open = false;
  let lastQuarter = 0;
  const end = (): void => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    step(text): void {
      end();
      current = text;
      lastQuarter = 0;
      stream.write(`${prefix}${text}`);
      open = true;
      if (!live) end();
    },
    count(done, total): void {
      if (live) {
        stream.write(`\r${prefix}${current} ${done}/${total}`);
        open = true;
        return;
      }
      const quarter = Math.floor((done * 4) / total);
      if (quarter > lastQuarter) stream.write(`${prefix}${current} ${done}/${total}\n`);
      lastQuarter = quarter;
    },
    end,
  };
}
