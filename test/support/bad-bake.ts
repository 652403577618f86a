/** Bakes of small fakes: what a bake reads before it writes, made without a distribution's kernel. */
import { buildElf } from './elf-builder.ts';
import { findTool } from './oracle.ts';
import type { Stage } from './provocation.ts';

const RELEASE = 'test-1.0';

/** An x86 kernel image, as far as its header. */
export function fakeKernel(): Buffer {
  const image = Buffer.alloc(4096);
  image.writeUInt32LE(0x53726448, 0x202);
  image.writeUInt16LE(0x200, 0x20e);
  image.write(RELEASE, 0x400, 'latin1');
  return image;
}

/** A static program that does nothing. */
export function fakeProgram(): Buffer {
  return buildElf({ class: 64, type: 2, sections: [] });
}

/** A kernel module that says this of itself. */
export function fakeModule(...fields: string[]): Buffer {
  const bytes = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  return buildElf({ class: 64, type: 1, sections: [{ name: '.modinfo', bytes }] });
}

/** The command line of a bake that is good but for what is given; `modules` are files by their names. */
export function badBake(
  stage: Stage,
  more: object,
  modules: Readonly<Record<string, Uint8Array>> = {},
  cook: object = {},
): string[] {
  const { work } = stage;
  work.file('vmlinuz', fakeKernel());
  work.file('busybox', fakeProgram());
  work.mkdir('modules');
  for (const [name, bytes] of Object.entries(modules)) work.file(`modules/${name}`, bytes);
  stage.recipe({
    cook: { base: { dir: './root' }, ...cook },
    bake: {
      size: '16M',
      kernel: { vmlinuz: './vmlinuz', modules: './modules' },
      busybox: { path: './busybox' },
      bootloader: { extlinux: findTool('extlinux'), mbr: '/usr/lib/EXTLINUX/mbr.bin' },
      ...more,
    },
  });
  return ['bake', 'cake.json', '-o', 'out.img'];
}
