import { readFileSync } from 'node:fs';
import { kill } from 'node:process';
import type { CodesOf } from '../../../src/error-help/entry.ts';
import { extractSyslinux } from '../../../src/formats/syslinux/index.ts';
import { LDLINUX_MAGIC } from '../../../src/formats/syslinux/layout.ts';
import { serialBootDisk } from '../../../src/vm/boot-sector.ts';
import { badBake, fakeModule } from '../../support/bad-bake.ts';
import { signedRelease } from '../../support/bad-release.ts';
import { findTool } from '../../support/oracle.ts';
import type { Provocations, Stage } from '../../support/provocation.ts';
import { apkKeyPair, apkRepository } from '../../support/small-apk.ts';
import { paxRecord, tarBlocks } from '../../support/tar-blocks.ts';

const BASE = { base: { dir: './root' } };
const QEMU = 'qemu-system-x86_64';

/** The command line of a boot by a QEMU that is this shell script. */
function boot(
  stage: Stage,
  script: string,
  ...more: string[]
): { args: string[]; env: Record<string, string> } {
  stage.work.file('x.img', serialBootDisk('hello'));
  const args = ['boot', 'x.img', '--accel', 'tcg', '--snapshot', ...more];
  return { args, env: stage.programs({ [QEMU]: script }) };
}

/** Installed extlinux, but its ldlinux.sys has no place for the addresses of its sectors. */
function withoutExtents(): Buffer {
  const program = readFileSync(findTool('extlinux')!);
  const { ldlinuxSys } = extractSyslinux(program);
  const core = program.indexOf(ldlinuxSys.subarray(0, 512));
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(LDLINUX_MAGIC);
  const area = program.indexOf(magic, core);
  program.writeUInt16LE(0, core + program.readUInt16LE(area + 22) + 2 * 6);
  return program;
}

export const BUILD: Provocations<CodesOf<1>> = {
  RB_APK_FAILED(stage) {
    const key = apkKeyPair('test@example.org-1.rsa.pub');
    stage.serve(apkRepository([{ name: 'nginx', version: '1', data: [] }], key));
    const repositories = [stage.server.url('/').slice(0, -1)];
    const apkKeys = [stage.work.file(key.name, key.publicKey)];
    return {
      args: stage.cook({ base: { empty: true }, apk: 'native', packages: ['ngnix'], repositories, apkKeys }),
      says: ['ngnix'],
      hint: 'did you mean nginx?',
    };
  },
  RB_BOOT_TIMEOUT(stage) {
    return {
      ...boot(stage, 'echo something else; exec sleep 60', '--expect', 'hello', '--timeout', '1'),
      says: ['hello'],
      hint: '--timeout',
    };
  },
  RB_DEBIAN_UNSATISFIABLE(stage) {
    const fields = { Package: 'tool', Version: '1.0', Architecture: 'amd64', Depends: 'absent (>= 2)' };
    const file = { Filename: 'pool/tool.deb', Size: '10', SHA256: '0'.repeat(64) };
    const packages = Object.entries({ ...fields, ...file }).map(([name, value]) => `${name}: ${value}\n`);
    const { content } = signedRelease(stage, { codename: 'test', packages: packages.join('') });
    return {
      args: stage.cook({ base: { empty: true }, contents: [content] }),
      says: ['tool cannot be installed', 'absent'],
      hint: 'dependencies: false',
    };
  },
  RB_EXT4_NO_SPACE(stage) {
    stage.work.file('root/large', Buffer.alloc(3 << 20, 'x'));
    return {
      args: ['mkfs', 'root', '-o', 'out.ext4', '--size', '2M'],
      says: [/does not fit|needs/],
      hint: '--size auto',
    };
  },
  RB_EXT4_REFUSED(stage) {
    const pax = paxRecord('SCHILY.xattr.user.big', 'x'.repeat(8000));
    const blocks = [
      { name: 'pax', typeflag: 'x', body: pax },
      { name: 'file', body: 'x' },
    ];
    stage.work.file('root.tar', tarBlocks(blocks));
    return {
      args: ['mkfs', 'root.tar', '-o', 'out.ext4', '--size', '8M'],
      says: ['ext4 cannot hold /file'],
      hint: 'the xattrs of one entry',
    };
  },
  RB_INTERNAL(stage) {
    const broken = `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { readdirSync } = fs;
      fs.readdirSync = (path, ...more) => {
        if (String(path).endsWith('/root')) throw new TypeError('this Node is broken');
        return readdirSync(path, ...more);
      };
      syncBuiltinESMExports();`;
    return {
      args: stage.cook(BASE),
      env: stage.preload(broken),
      says: ['this Node is broken'],
      hint: 'please report it',
    };
  },
  RB_MODULE_CYCLE(stage) {
    const modules = { 'a.ko': fakeModule('depends=b'), 'b.ko': fakeModule('depends=a') };
    return {
      args: badBake(stage, { modules: ['a'] }, modules),
      says: ['a -> b -> a'],
      hint: 'install the kernel package again',
    };
  },
  RB_MODULE_NOT_FOUND(stage) {
    return {
      args: badBake(stage, { modules: ['virtio_pic'] }, { 'virtio_pci.ko': fakeModule('depends=') }),
      says: ['the kernel has no module virtio_pic'],
      hint: 'did you mean virtio_pci?',
    };
  },
  RB_QEMU_FAILED(stage) {
    return {
      ...boot(stage, 'echo out of memory >&2; exit 1'),
      says: ['QEMU ended with exit code 1', 'out of memory'],
      hint: /./,
    };
  },
  RB_SCRIPT_FAILED(stage) {
    return {
      args: stage.cook({ ...BASE, prepare: 'echo about to fail; exit 7' }),
      says: ['prepare failed with exit code 7', 'about to fail'],
      hint: 'sh -eu',
    };
  },
  RB_SYSLINUX_EXTENTS(stage) {
    const extlinux = stage.work.file('extlinux', withoutExtents());
    return {
      args: badBake(stage, { bootloader: { extlinux, mbr: '/usr/lib/EXTLINUX/mbr.bin' } }),
      says: ['its table holds 0'],
      hint: 'ldlinux.sys',
    };
  },
  RB_TREE_CONFLICT(stage) {
    stage.work.file('other', 'another\n');
    return {
      args: stage.cook({ ...BASE, contents: [{ file: './other', to: '/motd' }] }),
      says: ['/motd'],
      hint: 'replace: true',
    };
  },
};

export const INTERRUPTION: Provocations<CodesOf<130>> = {
  RB_INTERRUPTED(stage) {
    return {
      args: [...stage.cook({ ...BASE, prepare: 'echo preparing; sleep 1000' }), '--progress', 'plain'],
      says: ['interrupted by SIGINT'],
      hint: /./,
      async meanwhile(running) {
        await running.says('prepare | preparing');
        kill(running.child.pid!, 'SIGINT');
      },
    };
  },
};

export const VERIFICATION: Provocations<CodesOf<5>> = {
  RB_EXT4_CHECK_FAILED(stage) {
    // A disk that does not keep what is written: the count of free blocks in the first group descriptor.
    const damaging = `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { writeSync } = fs;
      const AT = 4096 + 12;
      fs.writeSync = (fd, bytes, offset, length, position) => {
        if (typeof position !== 'number' || position > AT || position + length <= AT) {
          return writeSync(fd, bytes, offset, length, position);
        }
        const wrong = Buffer.from(bytes.subarray(offset, offset + length));
        wrong[AT - position] ^= 1;
        return writeSync(fd, wrong, 0, length, position);
      };
      syncBuiltinESMExports();`;
    return {
      args: ['mkfs', 'root', '-o', 'out.ext4', '--size', '8M'],
      env: stage.preload(damaging),
      says: ['e2fsck finds faults in the new file system'],
      hint: 'report it',
    };
  },
  RB_NOT_REPRODUCIBLE(stage) {
    badBake(stage, {}, {}, { prepare: 'date +%s%N > "$ROOTFS/when"' });
    return {
      args: ['verify', 'cake.json'],
      says: ['two bakes', '/when'],
      prints: '~ /when: content\n',
      hint: 'look for times',
    };
  },
};
