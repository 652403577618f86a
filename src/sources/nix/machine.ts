import { ELF_MACHINE } from '../../formats/elf/index.ts';
import type { Content } from '../../tree/content.ts';
import type { Entry } from '../../tree/entry.ts';

/** What Nix calls the systems that programs are built for. */
export type NixSystem = 'x86_64-linux' | 'aarch64-linux' | 'i686-linux' | 'riscv64-linux';

const SYSTEMS: ReadonlyMap<number, NixSystem> = new Map([
  [ELF_MACHINE.x86_64, 'x86_64-linux'],
  [ELF_MACHINE.aarch64, 'aarch64-linux'],
  [ELF_MACHINE.i386, 'i686-linux'],
  [ELF_MACHINE.riscv, 'riscv64-linux'],
]);

/**
 * The system that a store object is for, by the first ELF file in it: narinfo does not tell. Undefined when it has
 * none, as what is for every system.
 */
export function systemOf(entry: Entry): NixSystem | undefined {
  if (entry.type === 'file') return systemOfFile(entry.content);
  if (entry.type !== 'directory') return undefined;
  for (const child of entry.children.values()) {
    const system = systemOf(child);
    if (system) return system;
  }
  return undefined;
}

/** `e_machine` stands at byte 18 of every ELF file (System V ABI, chapter 4), here of little-endian ones. */
function systemOfFile(content: Content): NixSystem | undefined {
  if (content.size < 64) return undefined;
  const header = Buffer.alloc(20);
  const reader = content.open();
  try {
    for (let at = 0, count = 1; at < header.length && count > 0; at += count) {
      count = reader.read(header.subarray(at), at);
    }
  } finally {
    reader.close();
  }
  const isElf = header.readUInt32BE(0) === 0x7f454c46 && header[5] === 1;
  return isElf ? SYSTEMS.get(header.readUInt16LE(18)) : undefined;
}
