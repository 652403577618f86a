import { SCRIPT_TYPES, type ScriptType } from './package-file.ts';
import { tarFiles } from './tar-files.ts';

/** A script of an installed package, as /lib/apk/db/scripts.tar keeps it. */
export interface InstalledScript {
  /** `NAME-VERSION` of its package. */
  readonly title: string;
  readonly identity: string;
  readonly type: ScriptType;
  readonly body: Uint8Array;
  /** Seconds: when the package was built. */
  readonly mtime: number;
}

const BLOCK = 512;

/** Reads /lib/apk/db/scripts.tar: entries `NAME-VERSION.IDENTITY.TYPE`. What is none of these is left out. */
export function readScripts(bytes: Uint8Array): InstalledScript[] {
  const scripts: InstalledScript[] = [];
  for (const { name, body, mtime } of tarFiles(bytes, 'scripts.tar')) {
    const [, title, identity, word] = /^(.+)\.(Q1[A-Za-z0-9+/]{27}=)\.([a-z-]+)$/.exec(name) ?? [];
    const type = SCRIPT_TYPES.find((candidate) => candidate === word);
    if (!title || !identity || !type) continue;
    scripts.push({ title, identity, type, body: new Uint8Array(body), mtime });
  }
  return scripts;
}

/** Writes /lib/apk/db/scripts.tar, byte by byte as apk does (apk-tools 2, src/tar.c). */
export function writeScripts(scripts: Iterable<InstalledScript>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { title, identity, type, body, mtime } of scripts) {
    parts.push(
      header(`${title}.${identity}.${type}`, body.length, mtime),
      body,
      Buffer.alloc(-body.length & (BLOCK - 1)),
    );
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** GNU's magic, numbers without an end where they fill their fields, and no device numbers. */
function header(name: string, size: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(0, 99), 0, 'utf8');
  block.write('0000755', 100);
  block.write('0000000', 108);
  block.write('0000000', 116);
  block.write(size.toString(8).padStart(12, '0'), 124);
  block.write(mtime.toString(8).padStart(12, '0'), 136);
  block.write('0', 156);
  block.write('ustar  ', 257, 'latin1');
  block.write('root', 265);
  block.write('root', 297);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(sum.toString(8).padStart(6, '0'), 148);
  block[154] = 0;
  return block;
}
