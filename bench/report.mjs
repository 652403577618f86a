/** Minimum, median and maximum. */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
}

const QUANTITIES = ['seconds', 'cpuSeconds', 'peakMiB', 'writtenMiB', 'allocatedMiB'];

/** All quantities of each contestant, and our time over each other's, pair by pair. */
export function summarize(contest, root, runs) {
  const [ours, ...peers] = Object.keys(runs);
  return {
    contest: contest.name,
    title: contest.title,
    root: root.name,
    what: root.what,
    sizeMiB: root.sizeMiB,
    pairs: runs[ours].length,
    contestants: Object.entries(runs).map(([name, measured]) => ({
      name,
      ...Object.fromEntries(QUANTITIES.map((key) => [key, spread(measured.map((run) => run[key]))])),
    })),
    ratios: peers.map((peer) => ({
      of: ours,
      to: peer,
      ...spread(runs[ours].map(({ seconds }, pair) => seconds / runs[peer][pair].seconds)),
    })),
  };
}

const WIDTH = 40;

export function printTable({ title, root, what, sizeMiB, pairs, contestants, ratios }) {
  const heads = ['min', 'median', 'max', 'CPU', 'peak', 'written', 'allocated'];
  const lines = [
    `\n${root}: ${what}; ${title}, ${sizeMiB} MiB; pairs: ${pairs}`,
    ' '.repeat(WIDTH) + heads.map((head) => head.padStart(10)).join(''),
  ];
  for (const { name, seconds, cpuSeconds, ...sizes } of contestants) {
    const times = [seconds.min, seconds.median, seconds.max, cpuSeconds.median].map((value) =>
      cell(value, ' s'),
    );
    const mebibytes = [sizes.peakMiB.max, sizes.writtenMiB.median, sizes.allocatedMiB.median];
    lines.push(row(name, [...times, ...mebibytes.map((value) => `${value.toFixed(0)} MiB`)]));
  }
  for (const { of, to, min, median, max } of ratios) {
    lines.push(
      row(
        `${of} / ${to}`,
        [min, median, max].map((value) => cell(value, ' x')),
      ),
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function cell(value, unit) {
  return value.toFixed(value < 0.1 ? 3 : 2) + unit;
}

function row(label, cells) {
  return `  ${label.padEnd(WIDTH - 2)}${cells.map((text) => text.padStart(10)).join('')}`;
}
