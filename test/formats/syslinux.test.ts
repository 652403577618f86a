import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyAdv,
  extractSyslinux,
  installSyslinux,
  type LdlinuxSysOptions,
  ldlinuxSysFileSize,
  MAX_COMMAND_LINE,
  parseSyslinuxConfig,
  patchBootSector,
  patchLdlinuxSys,
  readPatchArea,
  sectorLbasOf,
  syslinuxConfig,
} from '../../src/formats/syslinux/index.ts';
import { buildElf } from '../support/elf-builder.ts';

const MAGIC = 0x3eb202fe;
const INSTANCE = 0x5e740f71;
const SYS_SIZE = 6 * 512;
const EXTENTS = { offset: 1024, count: 4 };
const code = (code: string): unknown => expect.objectContaining({ code });

/** A boot sector with what the search looks for. */
function bootSector(instance = INSTANCE): Buffer {
  const sector = Buffer.alloc(512, 0xcc);
  sector.write('\xeb\x58\x90SYSLINUX', 'latin1');
  sector.writeUInt32LE(instance, 400);
  sector.writeUInt32LE(MAGIC, 0x1f8);
  sector.writeUInt16LE(0xaa55, 0x1fe);
  return sector;
}

/** A core with a patch area like the real one's, and room for four extents and a directory of 15 bytes. */
function ldlinuxSys(version = '6.04'): Buffer {
  const sys = Buffer.alloc(SYS_SIZE, 0x11);
  sys.write(`\r\nSYSLINUX ${version} \0\r\n\x1a\0`.padEnd(24, '\0'), 0, 'latin1');
  sys.writeUInt32LE(MAGIC, 24);
  sys.writeUInt32LE(INSTANCE, 28);
  sys.fill(0, 32, 44);
  sys.writeUInt16LE(127, 44);
  sys.writeUInt16LE(512, 46);
  const extended = [600, 640, 16, 660, 16, EXTENTS.offset, EXTENTS.count, 282, 288, 458, 700];
  for (const [index, value] of extended.entries()) sys.writeUInt16LE(value, 512 + 2 * index);
  sys.fill(0, 640, 656);
  sys.write('\r\nSYSLINUX 6.04 a second banner', 2048, 'latin1');
  return sys;
}

const c32 = buildElf({
  class: 32,
  type: 3,
  machine: 3,
  sections: [{ name: '.text', bytes: Buffer.from('module') }],
});

interface InstallerSpec {
  readonly objects?: readonly Buffer[];
  /** What .rodata says; default the core's length between other numbers. */
  readonly constants?: readonly number[];
}

/** An installer: objects 16 bytes apart in .data, lengths in .rodata, decoys before both. */
function installer({ objects, constants }: InstallerSpec = {}): Buffer {
  const rodata = Buffer.from(Uint32Array.from(constants ?? [512, 7, c32.length, SYS_SIZE, 1 << 30]).buffer);
  const data = Buffer.concat(
    (objects ?? [bootSector(), c32, ldlinuxSys()]).flatMap((o) => [Buffer.alloc(16), o]),
  );
  const decoys = Buffer.concat([bootSector().subarray(0, 300), bootSector().fill(0, 0x1f8, 0x1fc)]);
  return buildElf({
    class: 64,
    sections: [
      { name: '.text', bytes: decoys },
      { name: '.rodata', bytes: rodata },
      { name: '.data', bytes: data },
      { name: '.bss', bytes: Buffer.alloc(0), type: 8, size: 99999 },
    ],
  });
}

describe('extractSyslinux', () => {
  it.each([
    ['boot sector, module, core', [bootSector(), c32, ldlinuxSys()]],
    ['core, module, boot sector', [ldlinuxSys(), c32, bootSector()]],
    ['module, core, boot sector', [c32, ldlinuxSys(), bootSector()]],
  ])('finds the objects in the order %s', (_what, objects) => {
    const parts = extractSyslinux(installer({ objects }));
    expect(Buffer.compare(parts.bootSector, bootSector())).toBe(0);
    expect(Buffer.compare(parts.ldlinuxSys, ldlinuxSys())).toBe(0);
    expect(Buffer.compare(parts.ldlinuxC32, c32)).toBe(0);
    expect(parts.version).toBe('6.04');
  });

  it('gives copies, of a Buffer too', () => {
    const program = installer();
    const parts = extractSyslinux(program);
    program.fill(0);
    expect(Buffer.compare(parts.bootSector, bootSector())).toBe(0);
    expect(parts.ldlinuxSys.buffer).not.toBe(program.buffer);
  });

  it('passes over a core of another build', () => {
    const other = ldlinuxSys();
    other.writeUInt32LE(0x01020304, 28);
    const objects = [other, bootSector(), c32, ldlinuxSys()];
    expect(Buffer.compare(extractSyslinux(installer({ objects })).ldlinuxSys, ldlinuxSys())).toBe(0);
  });

  it.each([
    ['no ELF file', Buffer.from('#!/bin/sh'), 'RB_SYSLINUX_NOT_FOUND'],
    ['another program', buildElf({ class: 64, sections: [] }), 'RB_SYSLINUX_NOT_FOUND'],
    ['no boot sector', installer({ objects: [c32, ldlinuxSys()] }), 'RB_SYSLINUX_NOT_FOUND'],
    ['no core', installer({ objects: [bootSector(), c32] }), 'RB_SYSLINUX_NOT_FOUND'],
    [
      'a core of another build',
      installer({ objects: [bootSector(1), c32, ldlinuxSys()] }),
      'RB_SYSLINUX_NOT_FOUND',
    ],
    ['no module', installer({ objects: [bootSector(), ldlinuxSys()] }), 'RB_SYSLINUX_NOT_FOUND'],
    [
      'no length',
      installer({ constants: [512, 1024, SYS_SIZE + 512, SYS_SIZE - 512] }),
      'RB_SYSLINUX_NOT_FOUND',
    ],
    ['6.03', installer({ objects: [bootSector(), c32, ldlinuxSys('6.03')] }), 'RB_SYSLINUX_VERSION'],
    ['4.05', installer({ objects: [bootSector(), c32, ldlinuxSys('4.05')] }), 'RB_SYSLINUX_VERSION'],
    ['no version', installer({ objects: [bootSector(), c32, ldlinuxSys('?')] }), 'RB_SYSLINUX_VERSION'],
  ])('refuses %s, with a hint', (_what, program, errorCode) => {
    expect(() => extractSyslinux(program)).toThrow(
      expect.objectContaining({ code: errorCode, hint: expect.stringContaining('extlinux') }),
    );
  });

  it('refuses a program that is cut anywhere', () => {
    const program = installer();
    for (let length = 0; length < program.length; length += 61) {
      expect(() => extractSyslinux(program.subarray(0, length))).toThrow(code('RB_SYSLINUX_NOT_FOUND'));
    }
  });
});

describe('readPatchArea', () => {
  it('finds the fields', () => {
    expect(readPatchArea(ldlinuxSys())).toEqual({
      offset: 24,
      advPointers: 600,
      directory: { offset: 640, length: 16 },
      subvolume: { offset: 660, length: 16 },
      extents: { offset: 1024, length: 40 },
      firstSectorLow: 282,
      firstSectorHigh: 288,
      raid: 458,
    });
  });

  it('refuses every damage that points outside', () => {
    const damage = (at: number): Buffer => {
      const sys = ldlinuxSys();
      sys.writeUInt16LE(0xfffe, at);
      return sys;
    };
    for (const at of [46, 512, 514, 516, 518, 522, 524, 526, 528, 530]) {
      expect(() => readPatchArea(damage(at)), `field at ${at}`).toThrow(code('RB_SYSLINUX_NOT_FOUND'));
    }
    expect(() => readPatchArea(Buffer.alloc(4096))).toThrow(code('RB_SYSLINUX_NOT_FOUND'));
    expect(() => readPatchArea(Buffer.alloc(3))).toThrow(code('RB_SYSLINUX_NOT_FOUND'));
  });
});

describe('patchBootSector', () => {
  const area = readPatchArea(ldlinuxSys());
  const options = { totalSectors: 260096, hiddenSectors: 2048, firstSectorLba: 0x1_0000_1234 };

  it('writes geometry, size and the address of the core', () => {
    const template = bootSector();
    const sector = Buffer.from(patchBootSector(template, area, options));
    expect(sector.readUInt16LE(0x0b)).toBe(512);
    expect(sector.readUInt16LE(0x13)).toBe(0);
    expect([sector.readUInt16LE(0x18), sector.readUInt16LE(0x1a)]).toEqual([32, 64]);
    expect([sector.readUInt32LE(0x1c), sector.readUInt32LE(0x20)]).toEqual([2048, 260096]);
    expect([sector.readUInt32LE(282), sector.readUInt32LE(288)]).toEqual([0x1234, 1]);
    expect(sector.readUInt16LE(458)).toBe(0xcccc);
    expect(Buffer.compare(template, bootSector())).toBe(0);
  });

  it('says a small size twice, and INT 18h for RAID', () => {
    const small = { ...options, totalSectors: 65535, raid: true, heads: 255, sectorsPerTrack: 63 };
    const sector = Buffer.from(patchBootSector(bootSector(), area, small));
    expect([sector.readUInt16LE(0x13), sector.readUInt32LE(0x20)]).toEqual([65535, 65535]);
    expect([sector.readUInt16LE(0x18), sector.readUInt16LE(0x1a)]).toEqual([63, 255]);
    expect(sector.subarray(458, 460).toString('hex')).toBe('cd18');
  });

  it.each([
    ['a size over 32 bits', { totalSectors: 2 ** 32 }],
    ['a negative start', { hiddenSectors: -1 }],
    ['a broken address', { firstSectorLba: 1.5 }],
    ['heads over 16 bits', { heads: 65536 }],
    ['no number', { sectorsPerTrack: Number.NaN }],
  ])('refuses %s', (_what, wrong) => {
    expect(() => patchBootSector(bootSector(), area, { ...options, ...wrong })).toThrow(code('RB_ARGUMENT'));
  });

  it('refuses a template of another size', () => {
    expect(() => patchBootSector(new Uint8Array(1024), area, options)).toThrow(code('RB_ARGUMENT'));
  });
});

describe('patchLdlinuxSys', () => {
  const contiguous = Array.from({ length: 8 }, (_, index) => 100 + index);
  const options: LdlinuxSysOptions = { sectorLbas: contiguous, installDirectory: '/boot' };
  const sumOfDwords = (bytes: Buffer): number => {
    let sum = 0;
    for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32LE(at)) >>> 0;
    return sum;
  };
  const extentsOf = (file: Buffer): Array<[number, number]> =>
    Array.from({ length: EXTENTS.count }, (_, index) => {
      const at = EXTENTS.offset + index * 10;
      return [Number(file.readBigUInt64LE(at)), file.readUInt16LE(at + 8)];
    });

  it('writes counts, extents, pointers, directory, checksum and ADVs', () => {
    const sys = ldlinuxSys();
    const file = Buffer.from(patchLdlinuxSys(sys, options));
    expect(file.length).toBe(ldlinuxSysFileSize(sys));
    expect([file.readUInt16LE(32), file.readUInt16LE(34), file.readUInt32LE(36)]).toEqual([
      6,
      2,
      SYS_SIZE / 4,
    ]);
    expect(file.readUInt16LE(44)).toBe(127);
    expect(extentsOf(file)).toEqual([
      [101, 5],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect([file.readBigUInt64LE(600), file.readBigUInt64LE(608)]).toEqual([106n, 107n]);
    expect(file.toString('latin1', 640, 646)).toBe('/boot\0');
    expect(sumOfDwords(file.subarray(0, SYS_SIZE))).toBe(MAGIC);
    expect(Buffer.compare(file.subarray(SYS_SIZE), Buffer.concat([emptyAdv(), emptyAdv()]))).toBe(0);
    expect(Buffer.compare(sys, ldlinuxSys())).toBe(0);
  });

  it('pads a core that does not end with its sector', () => {
    const file = Buffer.from(patchLdlinuxSys(ldlinuxSys().subarray(0, SYS_SIZE - 100), options));
    expect(file.length).toBe(SYS_SIZE + 1024);
    expect(file.readUInt32LE(36)).toBe((SYS_SIZE - 100) / 4);
    expect(file.subarray(SYS_SIZE - 100, SYS_SIZE).every((byte) => byte === 0)).toBe(true);
  });

  it('reads one sector at a time when told', () => {
    expect(Buffer.from(patchLdlinuxSys(ldlinuxSys(), { ...options, stupid: true })).readUInt16LE(44)).toBe(1);
  });

  it('divides extents where the file does, and below 64 KiB', () => {
    const pieces = Buffer.from(
      patchLdlinuxSys(ldlinuxSys(), { ...options, sectorLbas: [9, 50, 51, 40, 41, 60, 7, 8] }),
    );
    expect(extentsOf(pieces)).toEqual([
      [50, 2],
      [40, 2],
      [60, 1],
      [0, 0],
    ]);
    const large = Buffer.concat([ldlinuxSys(), Buffer.alloc(300 * 512)]);
    const lbas = Array.from({ length: 400 }, (_, index) => 1000 + index);
    expect(extentsOf(Buffer.from(patchLdlinuxSys(large, { ...options, sectorLbas: lbas })))).toEqual([
      [1001, 127],
      [1128, 127],
      [1255, 51],
      [0, 0],
    ]);
  });

  it('takes addresses over 32 bits', () => {
    const far = contiguous.map((lba) => lba + 2 ** 33);
    const file = Buffer.from(patchLdlinuxSys(ldlinuxSys(), { ...options, sectorLbas: far }));
    expect(extentsOf(file)[0]).toEqual([2 ** 33 + 101, 5]);
  });

  it.each([
    ['too few sectors', { sectorLbas: contiguous.slice(1) }, 'RB_SYSLINUX_EXTENTS'],
    ['a hole', { sectorLbas: contiguous.with(3, 0) }, 'RB_SYSLINUX_EXTENTS'],
    ['no number', { sectorLbas: contiguous.with(3, Number.NaN) }, 'RB_SYSLINUX_EXTENTS'],
    ['too many pieces', { sectorLbas: contiguous.map((lba) => lba * 2) }, 'RB_SYSLINUX_EXTENTS'],
    ['a relative directory', { installDirectory: 'boot' }, 'RB_PATH_INVALID'],
    ['a directory of 16 bytes', { installDirectory: '/boot/0123456789' }, 'RB_PATH_INVALID'],
    ['a NUL in it', { installDirectory: '/bo\0ot' }, 'RB_PATH_INVALID'],
  ])('refuses %s', (_what, wrong, errorCode) => {
    expect(() => patchLdlinuxSys(ldlinuxSys(), { ...options, ...wrong })).toThrow(code(errorCode));
  });

  it('is one with the boot sector', () => {
    const parts = extractSyslinux(installer());
    const installed = installSyslinux(parts, { ...options, totalSectors: 4096, hiddenSectors: 63 });
    expect(Buffer.from(installed.bootSector).readUInt32LE(282)).toBe(100);
    expect(installed.ldlinuxSys).toEqual(patchLdlinuxSys(parts.ldlinuxSys, options));
  });
});

it('emptyAdv is the vector with nothing in it', () => {
  const adv = Buffer.from(emptyAdv());
  expect(adv.length).toBe(512);
  expect([adv.readUInt32LE(0), adv.readUInt32LE(4), adv.readUInt32LE(508)]).toEqual([
    0x5a2d2fa5, 0xa3041767, 0xdd28bf64,
  ]);
  expect(adv.subarray(8, 508).every((byte) => byte === 0)).toBe(true);
});

describe('sectorLbasOf', () => {
  it('lists every sector of every extent', () => {
    const extents = [
      { offset: 4096, length: 2048 },
      { offset: 512, length: 512 },
    ];
    expect(sectorLbasOf(extents)).toEqual([8, 9, 10, 11, 1]);
    expect(sectorLbasOf([])).toEqual([]);
  });

  it.each([
    [{ offset: 100, length: 512 }],
    [{ offset: 512, length: 100 }],
    [{ offset: Number.NaN, length: 512 }],
  ])('refuses %j', (extent) => {
    expect(() => sectorLbasOf([extent])).toThrow(code('RB_SYSLINUX_EXTENTS'));
  });
});

describe('parseSyslinuxConfig', () => {
  const labels = 'LABEL one\n LINUX /a\nLABEL two\n  menu default\n  KERNEL /b\nLABEL three\n LINUX /c\n';

  it.each([
    ['DEFAULT three', 2],
    ['DEFAULT one\nDEFAULT three quiet', 2],
    ['DEFAULT vesamenu.c32', 1],
    ['UI menu.c32', 1],
    ['UI menu.c32\nDEFAULT three', 2],
  ])('%j begins at its entry', (text, index) => {
    expect(parseSyslinuxConfig(`${text}\n${labels}`).default).toBe(index);
  });

  it('begins a menu at the first entry when none is marked', () => {
    expect(parseSyslinuxConfig('UI menu.c32\nLABEL one\nLINUX /a\nLABEL two\nLINUX /b').default).toBe(0);
  });

  it.each([
    ['', 'no entry is the default: there is neither DEFAULT nor UI'],
    ['DEFAULT linux quiet', 'no entry is the default: DEFAULT linux is no label'],
  ])('has no default for %j, and says why', (text, problem) => {
    expect(parseSyslinuxConfig(`${text}\n${labels}`)).toMatchObject({ problem });
    expect(parseSyslinuxConfig(`${text}\n${labels}`).default).toBeUndefined();
  });

  it('tells what boots no Linux', () => {
    const text =
      'LABEL disk\nKERNEL chain.c32\nAPPEND hd0\nLABEL next\nLOCALBOOT 0x80\nLABEL a\nCOM32 x\nLINUX /k';
    const [disk, next, last] = parseSyslinuxConfig(text).entries;
    expect(disk).toEqual({ label: 'disk', other: 'KERNEL chain.c32', append: 'hd0' });
    expect(next).toEqual({ label: 'next', other: 'LOCALBOOT 0x80', append: '' });
    expect(last).toEqual({ label: 'a', kernel: '/k', append: '' });
  });
});

describe('syslinuxConfig', () => {
  const machine = { kernel: '/boot/vmlinuz', initrd: '/boot/initrd' };

  it('boots at once, and talks on the serial console', () => {
    expect(
      syslinuxConfig({ ...machine, append: ['root=UUID=1', 'ro', 'console=tty1', 'console=ttyS0'] }),
    ).toBe(
      [
        'SERIAL 0 115200',
        'DEFAULT linux',
        'PROMPT 0',
        'LABEL linux',
        '  LINUX /boot/vmlinuz',
        '  INITRD /boot/initrd',
        '  APPEND root=UUID=1 ro console=tty1 console=ttyS0',
        '',
      ].join('\n'),
    );
  });

  it('needs neither initrd nor options', () => {
    expect(syslinuxConfig({ kernel: '/vmlinuz' })).toBe(
      'DEFAULT linux\nPROMPT 0\nLABEL linux\n  LINUX /vmlinuz\n',
    );
  });

  it.each([
    [['console=tty1'], undefined],
    [['console=ttyS1,9600n8'], 'SERIAL 1 9600'],
    [['console=ttyS0', 'console=ttyS3,57600'], 'SERIAL 3 57600'],
    [['console=ttyS0,4000000'], 'SERIAL 0 115200'],
    [['quiet console=ttyS2'], 'SERIAL 2 115200'],
    [['console=ttyS10'], undefined],
    [['console=ttyS4'], undefined],
    [['earlycon=x', 'xconsole=ttyS0'], undefined],
  ])('%j gives %s', (append, line) => {
    const [first] = syslinuxConfig({ ...machine, append }).split('\n');
    expect(first).toBe(line ?? 'DEFAULT linux');
  });

  it.each([
    ['a line break in an option', { append: ['ro\nDEFAULT evil'] }],
    ['a carriage return', { append: ['ro\r'] }],
    ['an empty option', { append: [''] }],
    ['the option that means none', { append: ['-'] }],
    ['a relative kernel', { kernel: 'vmlinuz' }],
    ['a space in the kernel', { kernel: '/boot/my kernel' }],
    ['a line break in the kernel', { kernel: '/boot/x\n' }],
    ['two initrds in one', { initrd: '/a,/b' }],
    ['a path of 256 bytes', { initrd: `/${'x'.repeat(255)}` }],
  ])('refuses %s', (_what, wrong) => {
    expect(() => syslinuxConfig({ ...machine, ...wrong })).toThrow(code('RB_SYSLINUX_CONFIG'));
  });

  it('takes a command line of 2046 bytes, all told, and no more', () => {
    const rest = 'BOOT_IMAGE=/boot/vmlinuz  initrd=/boot/initrd'.length;
    expect(MAX_COMMAND_LINE).toBe(2046);
    expect(syslinuxConfig({ ...machine, append: ['x'.repeat(2046 - rest)] })).toContain('APPEND xxx');
    for (const append of ['x'.repeat(2047 - rest), 'ü'.repeat(1024)]) {
      expect(() => syslinuxConfig({ ...machine, append: [append] })).toThrow(code('RB_SYSLINUX_CONFIG'));
    }
  });

  it('has no line that was not asked for, whatever the option', () => {
    fc.assert(
      fc.property(fc.string(), (option) => {
        try {
          expect(syslinuxConfig({ ...machine, append: ['ro', option] }).split(/\r|\n/)).toHaveLength(
            /(^|\s)console=ttyS[0-3]/.test(option) ? 8 : 7,
          );
        } catch (error) {
          expect(error).toHaveProperty('code', 'RB_SYSLINUX_CONFIG');
        }
      }),
    );
  });
});
