import { decodeName } from '../../src/tree/name.ts';
import type { Description } from './describe-tree.ts';
import { describe, type Facts, normalizeRanges, type Range } from './ext4-facts.ts';
import { withMounted } from './mount.ts';
import { lines, run } from './run.ts';

/** What {@link file://./ext4-walk.py} prints for one name, as JSON; bytes are hex. */
interface WalkedName {
  readonly path: string;
  readonly ino: number;
  readonly type: Facts['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly mtime: string;
  readonly device?: string;
  readonly xattrs: readonly (readonly [string, string])[];
  readonly target?: string;
  readonly content?: { readonly size: number; readonly sha256: string; readonly data: readonly Range[] };
}

/** What the tools of {@link describeWithKernel} are called, for `oracle`. */
export const KERNEL_TOOLS: readonly string[] = ['mount', 'umount', 'python3'];

const WALKER = new URL('./ext4-walk.py', import.meta.url).pathname;

/** Mounts the image read only by the kernel's ext4 driver and describes what it shows. Needs root. */
export async function describeWithKernel(image: string, blockSize: number): Promise<Description> {
  return await withMounted(
    image,
    async (folder) => {
      const names: [string, Facts][] = [];
      for (const text of lines(await run('python3', [WALKER, folder]))) {
        names.push(toFacts(JSON.parse(text) as WalkedName, blockSize));
      }
      return describe(names);
    },
    0,
  );
}

function toFacts(walked: WalkedName, blockSize: number): [string, Facts] {
  const { path, ino, type, mode, uid, gid, links, mtime, device, xattrs, target, content } = walked;
  const facts: Facts = {
    ...{ identity: ino, type, mode, uid, gid, links, mtime: BigInt(mtime) },
    xattrs: xattrs.map(([name, value]) => [fromHex(name), value] as const),
    ...(device !== undefined && { device }),
    ...(target !== undefined && { target: fromHex(target) }),
    ...(content && {
      content: { ...content, data: normalizeRanges(content.data, content.size, blockSize) },
    }),
  };
  return [fromHex(path), facts];
}

function fromHex(text: string): string {
  return decodeName(Buffer.from(text, 'hex'));
}
