import { describe, expect, it } from 'vitest';
import {
  aliasMatcher,
  builtinModinfoNames,
  insertionOrder,
  type ModuleIndex,
  moduleIndex,
  moduleNameOf,
  normalizeAlias,
  parseModulesBuiltin,
  parseModulesBuiltinModinfo,
  readModuleInfo,
} from '../../src/formats/kernel-module/index.ts';
import { buildElf } from '../support/elf-builder.ts';

/** A module file whose `.modinfo` has these fields. */
function ko(...fields: string[]): Uint8Array {
  const bytes = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  return buildElf({ class: 64, type: 1, sections: [{ name: '.modinfo', bytes }] });
}

describe('names', () => {
  it.each([
    ['kernel/drivers/block/virtio-blk.ko', 'virtio_blk'],
    ['virtio_blk.ko.gz', 'virtio_blk'],
    ['/lib/modules/6.1/kernel/fs/ext4/ext4.ko.zst', 'ext4'],
    ['a.b.ko.xz', 'a.b'],
    ['modules.dep', undefined],
    ['kernel/crypto.ko/readme', undefined],
    ['.ko', undefined],
  ])('%s is %s', (path, name) => {
    expect(moduleNameOf(path)).toBe(name);
  });

  it('keep ranges in aliases', () => {
    expect(normalizeAlias('usb:v0-a[0-9]-*')).toBe('usb:v0_a[0-9]_*');
  });
});

describe('aliases', () => {
  it.each([
    ['fs-ext4', 'fs_ext4', true],
    ['fs-ext4', 'fs-ext', false],
    ['pci:v00001AF4d*sv*sd*bc*sc*i*', 'pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00', true],
    ['pci:v00001AF4d*', 'pci:v00001AF5d0', false],
    ['usb:v1[2-4]?', 'usb:v13x', true],
    ['usb:v1[2-4]?', 'usb:v15x', false],
    ['usb:v1[!2-4]', 'usb:v15', true],
    ['usb:v1[!2-4]', 'usb:v13', false],
    ['a.b+(c)', 'a.b+(c)', true],
    ['a.b*', 'axb', false],
    ['dmi*:pn[a', 'dmi:pn[a', true],
    ['a\\*b*', 'a*bc', true],
  ])('%s and %s: %s', (pattern, name, matches) => {
    expect(aliasMatcher(pattern)(name)).toBe(matches);
  });
});

describe('readModuleInfo', () => {
  it('reads fields with many values', () => {
    const file = ko(
      'firmware=a.bin',
      'firmware=b.bin',
      'alias=fs-x',
      'alias=pci:v*',
      'softdep=pre: crc32c sha256 post: late-one',
      'softdep=pre: other',
      'description=Equals = in it',
      'depends=virtio,virtio-ring',
      'name=virtio_x',
      'vermagic=6.1 SMP',
    );
    expect(readModuleInfo(file, 'whatever.ko')).toMatchObject({
      name: 'virtio_x',
      depends: ['virtio', 'virtio_ring'],
      softdepPre: ['crc32c', 'sha256', 'other'],
      softdepPost: ['late-one'],
      aliases: ['fs-x', 'pci:v*'],
      firmware: ['a.bin', 'b.bin'],
      vermagic: '6.1 SMP',
    });
    expect(readModuleInfo(file, 'x.ko').fields.get('description')).toEqual(['Equals = in it']);
  });

  it('names an old module after its file', () => {
    expect(readModuleInfo(ko('depends='), 'kernel/fs/old-fs.ko')).toMatchObject({
      name: 'old_fs',
      depends: [],
    });
  });

  it.each([
    ['no ELF file', Buffer.from('\x1f\x8b gzip')],
    ['a cut one', ko('name=x').subarray(0, 80)],
    ['one without .modinfo', buildElf({ class: 64, type: 1, sections: [] })],
  ])('refuses %s', (_what, file) => {
    expect(() => readModuleInfo(file, 'kernel/bad.ko')).toThrow(
      expect.objectContaining({
        code: 'RB_MODULE_INVALID',
        message: expect.stringContaining('kernel/bad.ko'),
      }),
    );
  });
});

describe('built-in modules', () => {
  it('are listed by path', () => {
    expect(parseModulesBuiltin('kernel/fs/ext4/ext4.ko\nkernel/lib/a-b.ko\n\n')).toEqual(
      new Set(['ext4', 'a_b']),
    );
  });

  it('have their modinfo', () => {
    const text =
      'junk\0=a.b\0c=d.e\0.f=g\0h.=i\0ext4.alias=fs-ext4\0ext4.softdep=pre: crc32c\0a-b.license=GPL\0a-b.parm=x:y=z\0\0junk\0';
    const infos = parseModulesBuiltinModinfo(Buffer.from(text));
    expect([...infos.keys()]).toEqual(['ext4', 'a_b']);
    expect([...builtinModinfoNames(Buffer.from(text))]).toEqual(['ext4', 'a_b']);
    expect(infos.get('ext4')).toMatchObject({ aliases: ['fs-ext4'], softdepPre: ['crc32c'] });
    expect(infos.get('a_b')?.fields.get('parm')).toEqual(['x:y=z']);
  });
});

/** `name: 'dep dep <pre >post @alias'` */
function index(modules: Record<string, string>, builtin: string[] = [], builtinModinfo = ''): ModuleIndex {
  const files = Object.entries(modules).map(([name, spec]): [string, Uint8Array] => {
    const words = spec.split(' ').filter((word) => word !== '');
    const marked = (mark: string) => words.filter((word) => word[0] === mark).map((word) => word.slice(1));
    const plain = words.filter((word) => !/^[<>@]/.test(word));
    const fields = [
      `name=${name}`,
      `depends=${plain.join(',')}`,
      `softdep=pre: ${marked('<').join(' ')} post: ${marked('>').join(' ')}`,
      ...marked('@').map((alias) => `alias=${alias}`),
    ];
    return [`kernel/${name}.ko`, ko(...fields)];
  });
  const byPath = new Map(files);
  return moduleIndex({
    paths: byPath.keys(),
    read: (path) => byPath.get(path)!,
    builtin: builtin.map((name) => `kernel/${name}.ko\n`).join(''),
    builtinModinfo: Buffer.from(builtinModinfo),
  });
}

async function order(wanted: string[], modules: ModuleIndex): Promise<string> {
  const { steps } = await insertionOrder(wanted, modules);
  return steps.map(({ name, required }) => (required ? name : `(${name})`)).join(' ');
}

describe('insertionOrder', () => {
  it('puts dependencies first, each once', async () => {
    const modules = index({
      ring: '',
      virtio: 'ring',
      pci: 'virtio ring',
      blk: 'virtio ring',
      scsi: 'virtio',
    });
    expect(await order(['pci', 'blk'], modules)).toBe('ring virtio pci blk');
    expect(await order(['blk', 'pci', 'blk'], modules)).toBe('ring virtio blk pci');
  });

  it('takes names with - and _, and aliases', async () => {
    const modules = index({ virtio_blk: '@virtio:d2* @fs-thing', other: '' });
    for (const name of ['virtio-blk', 'virtio_blk', 'virtio:d2v1', 'fs_thing', 'fs-thing']) {
      expect(await order([name], modules)).toBe('virtio_blk');
    }
  });

  it('skips what is built in and says so', async () => {
    const modules = index({ fs: 'crc', x: '' }, ['crc', 'ext-4'], 'ext_4.alias=fs-ext4\0');
    expect(await insertionOrder(['ext-4', 'fs', 'fs-ext4'], modules)).toEqual({
      steps: [{ name: 'fs', path: 'kernel/fs.ko', required: true }],
      builtin: ['ext_4'],
    });
  });

  it('puts soft dependencies before and after, and passes over those that do not exist', async () => {
    const modules = index({
      a: 'b <pre <none >post',
      b: '<early',
      pre: 'need',
      need: '',
      post: '',
      early: '',
    });
    expect(await order(['a'], modules)).toBe('(early) b (need) (pre) a (post)');
  });

  it('gives all modules of an alias in a soft dependency', async () => {
    const modules = index({ fs: '<crc32c', crc_intel: '@crc32c', crc_generic: '@crc32c' }, ['crc32c']);
    expect(await order(['fs'], modules)).toBe('(crc_generic) (crc_intel) fs');
  });

  it('passes over a soft dependency whose own dependency is missing', async () => {
    expect(await order(['a'], index({ a: '<b', b: 'gone' }))).toBe('a');
  });

  it('knows that a soft dependency became a required one', async () => {
    expect(await order(['a', 'b'], index({ a: '<b', b: 'c', c: '' }))).toBe('c b a');
  });

  it('breaks cycles of soft dependencies the same way every time', async () => {
    const modules = index({ a: '<b', b: '<c', c: '<a' });
    expect(await order(['a'], modules)).toBe('(c) (b) a');
    expect(await order(['b'], modules)).toBe('(a) (c) b');
    expect(await order(['a'], modules)).toBe('(c) (b) a');
    expect(await order(['self'], index({ self: '<self >self' }))).toBe('self');
  });

  it('lets a soft dependency yield to a hard one', async () => {
    expect(await order(['a'], index({ a: '<b', b: 'a' }))).toBe('a (b)');
    expect(await order(['a'], index({ a: 'x <b', b: '<c', c: 'a', x: '>a' }))).toBe('x (b) a (c)');
    expect(await order(['top'], index({ top: 'mid', mid: '>late', late: 'top' }))).toBe('mid top (late)');
  });

  it('refuses hard cycles', async () => {
    await expect(order(['a'], index({ a: 'b', b: 'c', c: 'b' }))).rejects.toMatchObject({
      code: 'RB_MODULE_CYCLE',
      message: expect.stringContaining('b -> c -> b'),
    });
  });

  it('names the nearest modules for an unknown one', async () => {
    await expect(order(['virtio-blq'], index({ virtio_blk: '', ext4: '' }))).rejects.toMatchObject({
      code: 'RB_MODULE_NOT_FOUND',
      message: 'the kernel has no module virtio-blq',
      hint: 'did you mean virtio_blk?',
    });
    await expect(order(['a'], index({ a: 'gone' }))).rejects.toMatchObject({
      code: 'RB_MODULE_NOT_FOUND',
      message: 'the kernel has no module gone, needed by a',
    });
  });

  it('reads only the modules it needs', async () => {
    const read: string[] = [];
    const modules = moduleIndex({
      paths: ['kernel/a.ko', 'kernel/b.ko.xz', 'kernel/c.ko', 'modules.order'],
      read: (path) => {
        read.push(path);
        return ko(path.includes('a.ko') ? 'depends=b' : 'depends=');
      },
    });
    expect((await insertionOrder(['a'], modules)).steps.map(({ path }) => path)).toEqual([
      'kernel/b.ko.xz',
      'kernel/a.ko',
    ]);
    expect(read.sort()).toEqual(['kernel/a.ko', 'kernel/b.ko.xz']);
  });

  it('uses a table of aliases when there is one', async () => {
    const modules = moduleIndex({
      paths: ['kernel/a-b.ko'],
      read: () => ko('name=a_b'),
      aliasTable: '# Aliases extracted from modules themselves.\nalias fs-x a_b\nalias pci:v* a_b\n',
    });
    expect(await order(['fs-x', 'pci:v1'], modules)).toBe('a_b');
  });
});
