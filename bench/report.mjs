/** Minimum, median and maximum. */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted.at(-1) };
}

/** Our time over each peer's, pair by pair. */
export function summarize(root, runs) {
  const [ours, ...peers] = Object.keys(runs);
  return {
    root: root.name,
    what: root.what,
    sizeMiB: root.sizeMiB,
    contestants: Object.entries(runs).map(([name, measured]) => ({
      name,
      seconds: spread(measured.map(({ seconds }) => seconds)),
      peakMiB: Math.max(...measured.map(({ peakMiB }) => peakMiB)),
    })),
    ratios: peers.map((peer) => ({
      of: ours,
      to: peer,
      ...spread(runs[ours].map(({ seconds }, pair) => seconds / runs[peer][pair].seconds)),
    })),
  };
}

export function printTable({ root, what, sizeMiB, contestants, ratios }) {
  const lines = [`\n${root}: ${what}, image of ${sizeMiB} MiB`];
  lines.push('                                  min     median        max   peak memory');
  for (const { name, seconds, peakMiB } of contestants)
    lines.push(row(name, seconds, ' s', `${peakMiB.toFixed(0)} MiB`));
  for (const { of, to, ...ratio } of ratios) lines.push(row(`${of} / ${to}`, ratio, ' x', ''));
  process.stdout.write(`${lines.join('\n')}\n`);
}

function row(label, { min, median, max }, unit, last) {
  const cells = [min, median, max].map((value) => `${value.toFixed(2)}${unit}`.padStart(10));
  return `  ${label.padEnd(28)}${cells.join(' ')}${last.padStart(14)}`;
}
