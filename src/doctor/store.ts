import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Store } from '../store/store.ts';
import type { Check } from './check.ts';
import { freeBytes, judgeFolder } from './folder-facts.ts';

/** In bytes. */
const LEAST = 16 << 20;

export const store: Check = {
  id: 'store',
  title: 'store',
  neededFor: 'downloads, and results that are kept',
  required: true,
  patience: 10_000,
  async look(host) {
    const all = Store.of(host);
    const { sha256 } = await all.put([randomBytes(4096)], { what: 'a blob of doctor', kind: 'doctor' });
    const isKept = (await all.get(sha256)) !== undefined;
    all.drop(sha256);
    const folder = resolve(all.directory);
    const remedy = 'Free some space there (rootless-bake cache prune), or name another folder by RB_STORE.';
    if (!isKept) return { status: 'failed', found: `${folder} does not keep what is written`, remedy };
    return judgeFolder(folder, { free: freeBytes(folder) }, LEAST, remedy);
  },
};
