import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, runInThisContext } from 'node:vm';
import type * as Library from '../../src/index.ts';
import type { Product } from './product.ts';

/** Node's own import: vitest's would compile the product again, and no thread of it would start. */
const nodeImport = runInThisContext('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (url: string) => Promise<typeof Library>;

/** The library as it is compiled, in this process, with the threads that TypeScript sources do not have. */
export function installedLibrary({ root }: Product): Promise<typeof Library> {
  return nodeImport(pathToFileURL(join(root, 'dist/index.js')).href);
}
