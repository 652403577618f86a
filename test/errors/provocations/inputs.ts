import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { InputCode } from '../../../src/error-help/entry.ts';
import { encodeMbr } from '../../../src/formats/mbr-partition/index.ts';
import { badBake, fakeProgram } from '../../support/bad-bake.ts';
import { narString } from '../../support/nar.ts';
import { nixKeyPair, publish } from '../../support/nix-cache.ts';
import { findTool } from '../../support/oracle.ts';
import type { Provocations } from '../../support/provocation.ts';
import { sha256 } from '../../support/small-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';
import { tarBlocks } from '../../support/tar-blocks.ts';

/** A disk of 1 MiB with partitions that begin at the given sectors, 64 sectors each. */
function disk(starts: readonly number[], type = 0x83): Buffer {
  const image = Buffer.alloc(1 << 20);
  const partitions = starts.map((_, index) => {
    return { index, bootable: false, type, firstSector: 64 + 128 * index, sectorCount: 64 };
  });
  image.set(encodeMbr({ bootCode: new Uint8Array(), diskId: 1, partitions }));
  for (const [index, start] of starts.entries()) image.writeUInt32LE(start, 446 + 16 * index + 8);
  return image;
}

export const INPUTS: Provocations<InputCode> = {
  RB_ARCHIVE_TOO_LARGE(stage) {
    const key = nixKeyPair('test-1');
    const base = `${'1'.repeat(32)}-deep-1.0`;
    const words = (...texts: string[]) => Buffer.concat(texts.map(narString));
    const folder = words('(', 'type', 'directory', 'entry', '(', 'name', 'd', 'node');
    const deep = Buffer.concat([words('nix-archive-1'), ...Array<Buffer>(2100).fill(folder)]);
    const files = publish({ base, nar: deep }, key);
    stage.serve(new Map([...files].map(([path, file]) => [`/${path}`, file])));
    const contents = [{ nix: base, cache: stage.server.url(), keys: [key.publicKey] }];
    return {
      args: stage.cook({ base: { empty: true }, contents }),
      says: ['directories within each other'],
      hint: 'do not use it',
    };
  },
  RB_ARCHIVE_UNSUPPORTED(stage) {
    stage.work.file('root.tar', Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(600)]));
    return { args: stage.cook({ base: { tar: './root.tar' } }), says: ['root.tar', 'bzip2'], hint: 'gzip' };
  },
  RB_ELF_INVALID(stage) {
    stage.work.file('text', 'not a program\n');
    return {
      args: badBake(stage, { busybox: { path: './text' } }),
      says: ['text: not an ELF file'],
      hint: /./,
    };
  },
  RB_ELF_UNSUPPORTED(stage) {
    const program = fakeProgram();
    program[5] = 2;
    stage.work.file('big-endian', program);
    return {
      args: badBake(stage, { busybox: { path: './big-endian' } }),
      says: ['big-endian: ELF data encoding 2'],
      hint: /./,
    };
  },
  RB_GPT_INVALID(stage) {
    stage.work.file('disk.img', disk([1], 0xee));
    return { args: ['inspect', 'disk.img'], says: [/disk\.img: .*(?:GPT|GUID)/], hint: 'sgdisk' };
  },
  RB_IMAGE_UNKNOWN(stage) {
    stage.work.file('notes.txt', 'some text\n'.repeat(1000));
    return { args: ['inspect', 'notes.txt'], says: ['notes.txt'], hint: 'images are raw disks' };
  },
  RB_INPUT_NOT_FOUND() {
    return { args: ['inspect', 'absent.img'], says: ['absent.img'], hint: 'give the path of an image' };
  },
  RB_INPUT_UNREADABLE(stage) {
    return {
      args: stage.cook({ base: { tar: './root' } }),
      says: ['root is a folder, not a tar'],
      hint: 'dir:',
    };
  },
  RB_KERNEL_INVALID(stage) {
    stage.work.file('mz', Buffer.alloc(4096, 'MZ'));
    return {
      args: badBake(stage, { kernel: { vmlinuz: './mz' } }),
      says: ['mz is no bootable'],
      hint: 'bzImage',
    };
  },
  RB_LIMIT_EXCEEDED(stage) {
    const bomb = gzipSync(tarBlocks([{ name: 'a', body: 'a'.repeat(5000) }]));
    stage.serve(new Map([['/root', bomb]]));
    const base = { tar: stage.server.url('/root'), sha256: sha256(bomb), limit: 1000 };
    return { args: stage.cook({ base }), says: ['1000 bytes'], hint: 'raise the limit' };
  },
  RB_MBR_INVALID(stage) {
    const mbr = stage.work.file('mbr.bin', Buffer.alloc(512));
    return {
      args: badBake(stage, { bootloader: { extlinux: findTool('extlinux'), mbr } }),
      says: ['mbr.bin: boot code of 512 bytes does not fit in 440'],
      hint: 'mbr.bin',
    };
  },
  RB_MBR_OVERLAP(stage) {
    stage.work.file('disk.img', disk([64, 100]));
    return {
      args: ['inspect', 'disk.img'],
      says: ['disk.img: partition 1 (sectors 64 to 127) overlaps partition 2 (sectors 100 to 163)'],
      hint: 'explain RB_MBR_OVERLAP',
    };
  },
  RB_MODULE_INVALID(stage) {
    return {
      args: badBake(stage, { modules: ['broken'] }, { 'broken.ko': Buffer.from('no module') }),
      says: ['broken.ko is not a kernel module'],
      hint: /./,
    };
  },
  RB_OCI_UNSUPPORTED(stage) {
    const registry = new SmallRegistry();
    const platform = { os: 'linux', architecture: 'riscv64' };
    registry.tag('one', registry.indexed({ manifestDescriptor: { platform } }));
    stage.server.answer = registry.answer('a/b');
    return {
      args: stage.cook({ base: { oci: `${stage.server.host}/a/b:one` } }),
      says: ['linux/amd64'],
      hint: 'it has: linux/riscv64',
    };
  },
  RB_PATH_INVALID(stage) {
    stage.work.file('root.tar', tarBlocks([{ name: 'link', typeflag: '2', linkname: '' }]));
    return {
      args: stage.cook({ base: { tar: './root.tar' } }),
      says: ['the link "link" has a target that is empty'],
      hint: 'no archive of a root has that',
    };
  },
  RB_SYSLINUX_CONFIG(stage) {
    return {
      args: badBake(stage, { options: ['x'.repeat(3000)] }),
      says: ['syslinux.cfg: '],
      hint: 'shorten the options',
    };
  },
  RB_SYSLINUX_NOT_FOUND(stage) {
    return {
      args: badBake(stage, { bootloader: { extlinux: './busybox', mbr: './busybox' } }),
      says: ['busybox: no SYSLINUX in this program'],
      hint: '/usr/bin/extlinux',
    };
  },
  RB_SYSLINUX_VERSION(stage) {
    const program = readFileSync(findTool('extlinux')!).toString('latin1');
    const old = Buffer.from(program.replaceAll('SYSLINUX 6.04', 'SYSLINUX 6.03'), 'latin1');
    stage.work.file('extlinux', old);
    return {
      args: badBake(stage, { bootloader: { extlinux: './extlinux', mbr: './busybox' } }),
      says: ['SYSLINUX 6.03 cannot read ext4'],
      hint: '6.04 or newer',
    };
  },
};
