import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeName } from '../../src/tree/name.ts';
import type { Description } from './describe-tree.ts';
import { describe, type Facts, normalizeRanges, type Range } from './ext4-facts.ts';
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
export const KERNEL_TOOLS: readonly string[] = ['unshare', 'mount', 'python3'];

/** A loop device that was free may be taken by the time it is used: the mount is tried again, for two seconds. */
const MOUNT = `
tries=20
until said=$(mount -t ext4 -o ro,noload,loop "$1" "$2" 2>&1); do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { echo "$said" >&2; exit 1; }
  sleep 0.1
done`;

const WALKER = new URL('./ext4-walk.py', import.meta.url).pathname;

/**
 * Mounts the image read only by the kernel's ext4 driver and describes what it shows. The mount lives in a
 * mount namespace of its own and ends with it. Needs root.
 */
export async function describeWithKernel(image: string, blockSize: number): Promise<Description> {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-mount-'));
  try {
    const script = `${MOUNT}\nexec python3 "$3" "$2"`;
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', image, folder, WALKER];
    const names: [string, Facts][] = [];
    for (const text of lines(await run('unshare', args))) {
      names.push(toFacts(JSON.parse(text) as WalkedName, blockSize));
    }
    return describe(names);
  } finally {
    rmdirSync(folder);
  }
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
