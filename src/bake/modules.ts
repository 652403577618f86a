import { inPart } from '../errors.ts';
import { decompress } from '../formats/compression/index.ts';
import { insertionOrder, moduleIndex, moduleNameOf } from '../formats/kernel-module/index.ts';
import { readContent } from '../tree/content.ts';
import type { FileEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { Kernel } from './kernel.ts';

/** One module as the initrd holds it: unpacked, under its name. */
export interface InitrdModule {
  /** File name, without a folder and without the suffix of a compression. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** False for what only soft dependencies ask for: some machines refuse it, and nobody need know. */
  readonly required: boolean;
}

/**
 * The wanted modules and all that they depend on, unpacked, in the order of insertion. What is built into
 * the kernel is left out.
 *
 * @throws RB_MODULE_NOT_FOUND with the nearest names
 */
export async function selectModules(kernel: Kernel, wanted: readonly string[]): Promise<InitrdModule[]> {
  const files = moduleFiles(kernel.modules);
  const unpacked = async (path: string): Promise<Uint8Array> =>
    decompress(readContent(files.get(path)!.content), path);
  const index = moduleIndex({
    paths: files.keys(),
    read: unpacked,
    builtin: text(kernel.modules, 'modules.builtin'),
    builtinModinfo: bytes(kernel.modules, 'modules.builtin.modinfo'),
    aliasTable: kernel.modules.get('modules.alias') && text(kernel.modules, 'modules.alias'),
  });
  const { steps } = await inPart('bake.modules', () => insertionOrder(wanted, index));
  return Promise.all(
    steps.map(async ({ name, path, required }) => ({
      file: `${name}.ko`,
      bytes: await unpacked(path),
      required,
    })),
  );
}

function moduleFiles(modules: Tree): Map<string, FileEntry> {
  const files = new Map<string, FileEntry>();
  for (const { path, entry } of modules.walk()) {
    if (entry.type === 'file' && moduleNameOf(path) !== undefined) files.set(path, entry);
  }
  return files;
}

function bytes(tree: Tree, path: string): Uint8Array {
  const entry = tree.get(path);
  return entry?.type === 'file' ? readContent(entry.content) : new Uint8Array();
}

function text(tree: Tree, path: string): string {
  return Buffer.from(bytes(tree, path)).toString('utf8');
}
