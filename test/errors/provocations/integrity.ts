import { gzipSync } from 'node:zlib';
import type { CodesOf } from '../../../src/error-help/entry.ts';
import { alpineOptions } from '../../support/alpine-root.ts';
import { badBake, fakeProgram } from '../../support/bad-bake.ts';
import { signedRelease } from '../../support/bad-release.ts';
import type { Provocations } from '../../support/provocation.ts';
import { apkKeyPair, apkRepository } from '../../support/small-apk.ts';
import { KINDS, smallFileSystem } from '../../support/small-ext4.ts';
import { flip } from '../../support/tampering.ts';
import { tarBlocks } from '../../support/tar-blocks.ts';

const TAR = gzipSync(tarBlocks([{ name: 'etc/motd', body: 'hello\n'.repeat(1000) }]));

export const INTEGRITY: Provocations<CodesOf<4>> = {
  RB_APK_UNTRUSTED(stage) {
    const { base, repositories } = alpineOptions(stage.product);
    const prepare = 'rm "$ROOTFS"/etc/apk/keys/*';
    return {
      args: stage.cook({ base, repositories, prepare, packages: ['doas'], apk: 'proot' }),
      says: ['UNTRUSTED signature'],
      hint: '/etc/apk/keys',
    };
  },
  RB_ARCHIVE_DAMAGED(stage) {
    stage.work.file('root.tar.gz', TAR.subarray(0, TAR.length / 2));
    return { args: stage.cook({ base: { tar: './root.tar.gz' } }), says: ['root.tar.gz'], hint: 'again' };
  },
  RB_DIGEST_MISMATCH(stage) {
    stage.work.file('root.tar.gz', TAR);
    return {
      args: stage.cook({ base: { tar: './root.tar.gz', sha256: '0'.repeat(64) } }),
      says: ['root.tar.gz', /expected 0{64}/, /actual {3}[0-9a-f]{64}/],
      hint: 'put the actual sha256',
    };
  },
  RB_ELF_TRUNCATED(stage) {
    stage.work.file('cut', fakeProgram().subarray(0, 40));
    return {
      args: badBake(stage, { busybox: { path: './cut' } }),
      says: ['cut: the ELF header'],
      hint: 'fetch',
    };
  },
  async RB_EXT4_UNREADABLE(stage) {
    const image = await smallFileSystem(KINDS['ext4']!);
    stage.work.file('root.ext4', image.fill(0xff, 2048, 4096));
    return { args: ['ls', 'root.ext4', '/'], says: ['root.ext4: inode 2'], hint: 'e2fsck' };
  },
  RB_OCI_INVALID(stage) {
    stage.work.mkdir('layout');
    stage.work.file('layout/oci-layout', '{}');
    stage.work.file('layout/index.json', '{}');
    return { args: stage.cook({ base: { oci: './layout' } }), says: ['layout'], hint: 'fetch it from' };
  },
  RB_RELEASE_INVALID(stage) {
    const { content } = signedRelease(stage, { codename: 'another', packages: '' });
    return {
      args: stage.cook({ base: { empty: true }, contents: [content] }),
      says: ['is that of another (another)'],
      hint: 'check the name of the release',
    };
  },
  RB_SIGNATURE_INVALID(stage) {
    const key = apkKeyPair('test@example.org-1.rsa.pub');
    const files = apkRepository([{ name: 'one', version: '1', data: [{ name: 'one', body: 'one' }] }], key);
    const [[path, index]] = files as unknown as [[string, Buffer]];
    stage.serve(files.set(path, flip(index, 0.95)));
    const repositories = [stage.server.url('/').slice(0, -1)];
    const apkKeys = [stage.work.file(key.name, key.publicKey)];
    return {
      args: stage.cook({ base: { empty: true }, apk: 'native', packages: ['one'], repositories, apkKeys }),
      says: ['not trusted'],
      hint: 'tampered with',
    };
  },
};
