import { resolve } from 'node:path';
import { isSystemError } from '../errors.ts';
import type { Check } from './check.ts';
import { folderFacts, judgeFolder } from './folder-facts.ts';

const REMEDY = 'Bake to another folder by -o.';

export const workingFolder: Check = {
  id: 'working-folder',
  title: 'this folder',
  neededFor: 'images, unless -o names another place',
  required: false,
  patience: 10_000,
  look() {
    const folder = resolve('.');
    try {
      return judgeFolder(folder, folderFacts(folder), 0, REMEDY);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return { status: 'warning', found: `${folder} cannot be written: ${error.code}`, remedy: REMEDY };
    }
  },
};
