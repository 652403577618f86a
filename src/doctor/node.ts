import { readFileSync } from 'node:fs';
import type { Check, CheckOutcome } from './check.ts';

export const node: Check = {
  id: 'node',
  title: 'Node.js',
  neededFor: 'everything',
  required: true,
  patience: 1000,
  look: () => judgeNode(process.versions.node, wantedNode()),
};

/**
 * @param version such as 20.19.4
 * @param wanted the lowest that does, such as 20.19
 */
export function judgeNode(version: string, wanted: string): CheckOutcome {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = wanted.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return { status: 'ok', found: version };
  }
  return {
    status: 'failed',
    found: `${version}, which is older than ${wanted}`,
    remedy: `Install Node.js ${wanted} or newer.`,
  };
}

/** As this package's `engines` says: `>=20.19`. */
function wantedNode(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  return engines.node.replace(/^>=/, '');
}
