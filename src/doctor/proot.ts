import { findProot } from '../sandbox/proot.ts';
import type { Check } from './check.ts';

export const proot: Check = {
  id: 'proot',
  title: 'PRoot',
  neededFor: 'packages and scripts in a root, and shell',
  required: false,
  // It may have to be fetched.
  patience: 60_000,
  async look(host) {
    const { program, origin } = await findProot(host);
    return { status: 'ok', found: `${program} (${origin}): a program ran under it` };
  },
};
