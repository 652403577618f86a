import { bytesContent, textContent } from '../../src/tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  fileEntry,
  type Metadata,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { decodeName } from '../../src/tree/name.ts';
import { Tree } from '../../src/tree/tree.ts';

const SECOND = 1_000_000_000n;

/** 2024-01-01T00:00:00Z. */
export const NEW_YEAR: bigint = 1_704_067_200n * SECOND;

/** A name that is not UTF-8. */
export const LATIN1_NAME: string = decodeName(Uint8Array.of(0x63, 0x61, 0x66, 0xe9));

/** `security.capability` of `setcap cap_net_raw+ep` (VFS_CAP_REVISION_2), with bytes that are not UTF-8. */
export const CAPABILITY: Uint8Array = Uint8Array.from(
  Buffer.from('0100000200200080000000000000000000000000', 'hex'),
);

const meta = (partial: Partial<Metadata> = {}): Metadata =>
  metadata({ mtime: NEW_YEAR, origin: 'test', ...partial });

/** Every type of entry, and every kind of name, owner, time and xattr that is hard to store. */
export function everyTypeTree(): Tree {
  const tree = new Tree(meta({ mode: 0o755 }));
  const folder = (path: string, partial: Partial<Metadata> = {}) =>
    tree.set(path, directoryEntry(meta({ mode: 0o755, ...partial })));
  const long = `long/${'directory-of-forty-characters-in-its-name/'.repeat(3)}`;
  folder('/bin');
  folder('/dev');
  folder('/tmp', { mode: 0o1777 });
  folder('/empty', { uid: 1000, gid: 1000, mode: 0o2750 });
  tree.set('/bin/busybox', fileEntry(bytesContent(Buffer.alloc(70_001, 'busybox ')), meta({ mode: 0o4755 })));
  tree.set('/bin/sh', tree.get('/bin/busybox')!);
  tree.set('/zz-hard-link', tree.get('/bin/busybox')!);
  tree.set(
    '/bin/ping',
    fileEntry(
      textContent('ping'),
      meta({
        xattrs: new Map([
          ['user.plain', Buffer.from('value')],
          ['user.a=b%c', Buffer.from('odd\nname')],
          ['security.capability', CAPABILITY],
        ]),
      }),
    ),
  );
  tree.set(
    '/empty-file',
    fileEntry(bytesContent(new Uint8Array(0)), meta({ uid: 3_000_000, gid: 4_294_967_294 })),
  );
  tree.set('/block-sized', fileEntry(bytesContent(Buffer.alloc(512, 1)), meta({ mode: 0o400 })));
  tree.set('/dev/console', deviceEntry('char', 5, 1, meta({ mode: 0o600, gid: 5 })));
  tree.set('/dev/vda', deviceEntry('block', 254, 300, meta({ mode: 0o660 })));
  tree.set('/dev/fifo', pipeEntry('fifo', meta()));
  tree.set('/link', symlinkEntry('bin/busybox', meta({ uid: 7 })));
  tree.set('/long-link', symlinkEntry(`/${long}target`, meta()));
  tree.set(`/${long}a-file`, fileEntry(textContent('deep'), meta()), meta({ mode: 0o755 }));
  tree.set('/grüße', fileEntry(textContent('umlauts'), meta()));
  tree.set(`/${LATIN1_NAME}`, fileEntry(textContent('latin1'), meta()));
  tree.set('/time-fraction', fileEntry(textContent('t'), meta({ mtime: NEW_YEAR + 123_456_789n })));
  tree.set('/time-2242', fileEntry(textContent('t'), meta({ mtime: 9_000_000_000n * SECOND })));
  tree.set('/time-before-1970', fileEntry(textContent('t'), meta({ mtime: -1_500_000_000n })));
  return tree;
}
