import { gzipDeterministic } from '../formats/compression/index.ts';
import { cpioBytes } from '../formats/cpio/index.ts';
import { bytesContent, type Content, textContent } from '../tree/content.ts';
import { deviceEntry, fileEntry, type Metadata, metadata, symlinkEntry } from '../tree/entry.ts';
import { Tree } from '../tree/tree.ts';
import type { Busybox } from './busybox.ts';
import { INIT_APPLETS, type InitOptions, initScript, MODULE_FOLDER } from './init-script.ts';
import type { InitrdModule } from './modules.ts';

export interface InitrdOptions extends Pick<InitOptions, 'uuid' | 'debug'> {
  readonly busybox: Busybox;
  /** In the order of insertion. */
  readonly modules: readonly InitrdModule[];
  /** Seconds since 1970: the time of every entry. */
  readonly epoch: number;
}

/** The initial root file system: busybox, its loader, the modules and /init. */
export function initrdTree({ busybox, modules, epoch, uuid, debug }: InitrdOptions): Tree {
  const meta = (mode: number): Metadata =>
    metadata({ mode, mtime: BigInt(epoch) * 1_000_000_000n, origin: 'initrd' });
  const file = (path: string, content: Content, mode: number): void =>
    tree.set(path, fileEntry(content, meta(mode)), meta(0o755));

  const tree = new Tree(meta(0o755));
  for (const folder of ['/bin', '/dev', '/mnt', '/proc', '/sys']) tree.makeDirectory(folder, meta(0o755));
  tree.set('/dev/console', deviceEntry('char', 5, 1, meta(0o600)));
  tree.set('/dev/null', deviceEntry('char', 1, 3, meta(0o666)));
  file('/bin/busybox', busybox.program, 0o755);
  if (busybox.loader) file(busybox.loader.path, busybox.loader.content, 0o755);
  for (const applet of INIT_APPLETS) tree.set(`/bin/${applet}`, symlinkEntry('busybox', meta(0o777)));
  for (const module of modules) file(`${MODULE_FOLDER}/${module.file}`, bytesContent(module.bytes), 0o644);
  const init = initScript({ uuid, debug, modules });
  file('/init', textContent(init), 0o755);
  return tree;
}

/** The initrd's bytes: a newc cpio archive, gzip -9. */
export function makeInitrd(options: InitrdOptions): Promise<Uint8Array> {
  return gzipDeterministic(cpioBytes(initrdTree(options)));
}
