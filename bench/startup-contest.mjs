/**
 * How long the command line takes to start: what it answers at once, over Node.js itself, which does nothing. It may
 * take twice as long to print its version.
 */
import { CLI } from './environment.mjs';

const LINES = [['--version'], ['help'], ['check', 'hello']];

/** Contests with what they are held on, for they take no root. */
export function startupContests() {
  return LINES.map((line) => [contest(line), { name: line.join(' '), what: 'start-up', sizeMiB: 0 }]);
}

function contest(line) {
  return {
    name: 'startup',
    title: 'whole processes',
    takes: () => true,
    contestants: () => [
      { name: `rootless-bake ${line.join(' ')}`, command: [process.execPath, CLI, ...line] },
      { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
    ],
    describe: () => undefined,
  };
}
