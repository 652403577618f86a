import { RootlessBakeError } from '../../errors.ts';
import { kernelRelease } from '../../formats/kernel-image.ts';
import { moduleNameOf } from '../../formats/kernel-module/index.ts';
import type { Pause } from '../../host.ts';
import { type Content, type ContentSink, readContent, readHead } from '../../tree/content.ts';
import { treeTotals } from '../../tree/totals.ts';
import { sortedNames, type Tree } from '../../tree/tree.ts';
import { readInitramfs } from '../initramfs.ts';
import { type BootConfig, type BootFile, defaultEntry } from './facts.ts';
import { fileAt, type Volume, type Volumes } from './volumes.ts';

/** The kernel that is booted. */
export interface KernelFacts {
  readonly path: string;
  /** That has it, when it is another than that of the configuration. */
  readonly partition?: number;
  readonly size: number;
  /** Absent when it is no x86 kernel image. */
  readonly release?: string;
}

/** An initrd that the kernel unpacks. */
export interface InitrdFacts {
  readonly path: string;
  /** That has it, when it is another than that of the configuration. */
  readonly partition?: number;
  readonly size: number;
  readonly entries?: number;
  /** Names of the modules in it, sorted. */
  readonly modules?: readonly string[];
  /** Of the root file system, when its own /init looks for one by this UUID. */
  readonly rootUuid?: string;
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** What a look at what is booted needs. */
export interface BootMeans {
  /** Takes what initrds hold, decompressed. */
  readonly sink: ContentSink;
  /** Called often. */
  readonly pause: Pause;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** An initramfs beyond this, decompressed, is not read. */
const INITRD_LIMIT = 4 * 2 ** 30;
/** A script beyond this is none. */
const INIT_LIMIT = 1 << 20;
/** Holds the header of an x86 kernel and the version that it leads to with 16 bits. */
const KERNEL_HEAD = 0x1_0000 + 0x400;

/** The kernel of the default entry; without a configuration, the last with such a name in the folders of kernels. */
export function kernelFacts(
  volume: Volume,
  boot: BootConfig | undefined,
  volumes: Volumes,
): KernelFacts | undefined {
  const kernel = boot ? defaultEntry(boot)?.kernel : usualFile(volume.tree, /^(?:vmlinuz|bzImage|kernel)/);
  const content = kernel && contentOf(kernel, volume, volumes);
  if (!content) return undefined;
  const facts = { ...placeOf(kernel), size: content.size };
  try {
    return { ...facts, release: kernelRelease(readHead(content, KERNEL_HEAD), kernel.path) };
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_KERNEL_INVALID') throw error;
    return facts;
  }
}

/** The initrds of the default entry, in their order, as far as they are there; without a configuration as for kernels. */
export async function initrdFacts(
  volume: Volume,
  boot: BootConfig | undefined,
  volumes: Volumes,
  means: BootMeans,
): Promise<InitrdFacts[]> {
  const usual = usualFile(volume.tree, /^init(?:rd|ramfs)/);
  const files = boot ? (defaultEntry(boot)?.initrds ?? []) : usual ? [usual] : [];
  const all: InitrdFacts[] = [];
  for (const file of files) {
    const content = contentOf(file, volume, volumes);
    if (content) all.push(await oneInitrd(file, content, means));
  }
  return all;
}

async function oneInitrd(
  file: BootFile,
  content: Content,
  { sink, pause, signal }: BootMeans,
): Promise<InitrdFacts> {
  const facts = { ...placeOf(file), size: content.size };
  try {
    const initramfs = await readInitramfs(content, sink, {
      origin: file.path,
      limit: INITRD_LIMIT,
      ...(signal && { signal }),
    });
    const modules = new Set<string>();
    for (const item of initramfs.walk()) {
      const name = item.entry.type === 'file' ? moduleNameOf(item.path) : undefined;
      if (name !== undefined) modules.add(name);
      const due = pause();
      if (due) await due;
    }
    const rootUuid = rootUuidOf(initramfs);
    return {
      ...facts,
      entries: (await treeTotals(initramfs, pause)).names,
      modules: [...modules].sort(),
      ...(rootUuid !== undefined && { rootUuid }),
    };
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code === 'RB_INTERRUPTED') throw error;
    return { ...facts, problem: error.message };
  }
}

function rootUuidOf(initramfs: Tree): string | undefined {
  const init = fileAt(initramfs, '/init');
  if (!init || init.content.size > INIT_LIMIT) return undefined;
  const script = Buffer.from(readContent(init.content)).toString('latin1');
  return /\bUUID=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/i.exec(script)?.[1]?.toLowerCase();
}

function placeOf({ path, partition }: BootFile): Pick<KernelFacts, 'path' | 'partition'> {
  return { path, ...(partition !== undefined && { partition }) };
}

function contentOf(
  { path, partition, missing }: BootFile,
  own: Volume,
  { all }: Volumes,
): Content | undefined {
  if (missing) return undefined;
  const volume = partition === undefined ? own : all.find((item) => item.partition?.number === partition);
  return volume && fileAt(volume.tree, path)?.content;
}

/** The last file with such a name in the folders of kernels. */
function usualFile(tree: Tree, usual: RegExp): BootFile | undefined {
  for (const folder of ['/boot', '/']) {
    const entry = tree.resolve(folder)?.entry;
    if (entry?.type !== 'directory') continue;
    const paths = sortedNames(entry)
      .filter((name) => usual.test(name))
      .map((name) => (folder === '/' ? `/${name}` : `${folder}/${name}`));
    const path = paths.findLast((name) => fileAt(tree, name));
    if (path !== undefined) return { path };
  }
  return undefined;
}
