import { resolve } from 'node:path';
import { makeTemporaryFolder, temporaryFilesError } from '../store/folder.ts';
import type { Check } from './check.ts';
import { folderFacts, judgeFolder } from './folder-facts.ts';

/** In bytes. */
const LEAST = 64 << 20;

export const temporaryFiles: Check = {
  id: 'temporary-files',
  title: 'temporary files',
  neededFor: 'contents of archives, roots that scripts run in',
  required: true,
  patience: 10_000,
  look({ temporaryDirectory }) {
    const folder = resolve(temporaryDirectory);
    makeTemporaryFolder(folder);
    try {
      const remedy = 'Free some space there, or name another folder by TMPDIR.';
      return judgeFolder(folder, folderFacts(folder), LEAST, remedy);
    } catch (error) {
      throw temporaryFilesError(folder, error);
    }
  },
};
