import { ELF_MACHINE } from '../../formats/elf/index.ts';
import { DEFAULT_PLATFORM, type Platform } from '../../formats/oci/index.ts';
import type { FileEntry } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';

/** Programs that tell by their header what a root is for; every one has some of these. */
const PROGRAMS = ['/bin/busybox', '/bin/sh', '/sbin/init', '/usr/bin/env', '/init'];

/** In Go's words, by `e_machine` and word size. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  [`${ELF_MACHINE.x86_64} 64`]: 'amd64',
  [`${ELF_MACHINE.i386} 32`]: '386',
  [`${ELF_MACHINE.aarch64} 64`]: 'arm64',
  [`${ELF_MACHINE.arm} 32`]: 'arm',
  [`${ELF_MACHINE.riscv} 64`]: 'riscv64',
};

/** Bytes of an ELF header up to `e_machine`, which is its last field here (System V ABI, chapter 4). */
const HEADER = 20;

/** What a root runs on, by its own programs; linux/amd64 where it has none. */
export function platformOf(tree: Tree): Platform {
  for (const path of PROGRAMS) {
    const entry = tree.resolve(path)?.entry;
    const architecture = entry?.type === 'file' ? architectureOf(entry) : undefined;
    if (architecture !== undefined) return { os: 'linux', architecture };
  }
  return DEFAULT_PLATFORM;
}

function architectureOf({ content }: FileEntry): string | undefined {
  const header = Buffer.alloc(HEADER);
  const reader = content.open();
  try {
    if (reader.read(header, 0) < HEADER || header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  } finally {
    reader.close();
  }
  const [wordSize, order] = [header[4] === 2 ? 64 : 32, header[5]];
  return order === 1 ? ARCHITECTURES[`${header.readUInt16LE(18)} ${wordSize}`] : undefined;
}
