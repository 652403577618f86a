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

const meta = (over: Partial<Metadata> = {}): Metadata =>
  metadata({ mode: 0o755, mtime: 1_700_000_000_000_000_000n, origin: 'test', ...over });

/** `cap_net_raw+ep` as the kernel stores it (struct vfs_cap_data, revision 2). */
const NET_RAW = Buffer.from('0100000200200000000000000000000000000000', 'hex');
/** `user::rw-,user:1000:r--,group::r--,mask::r--,other::---` as the kernel takes it, version 2. */
const ACL = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff',
  'hex',
);

/** At least one of everything that a root file system can hold and a mount can show. */
export function richTree(): Tree {
  const tree = new Tree(meta());
  const file = (path: string, bytes: Uint8Array, over: Partial<Metadata> = {}): void =>
    tree.set(path, fileEntry(bytesContent(bytes), meta({ mode: 0o644, ...over })), meta());

  file('/sbin/init', Buffer.from('#!/bin/sh\n'), { mode: 0o755 });
  for (const folder of ['/dev', '/proc', '/sys', '/boot']) tree.set(folder, directoryEntry(meta()));
  file('/empty', new Uint8Array());
  file('/one-byte', Uint8Array.of(7));
  file('/one-block', new Uint8Array(4096).fill(1));
  file('/block-and-a-byte', new Uint8Array(4097).fill(2));
  file('/zeros', new Uint8Array(300_000));
  file('/large', pattern(5_000_001));
  file('/setuid', Buffer.from('su'), { mode: 0o4755 });
  file('/setgid', Buffer.from('sg'), { mode: 0o2711 });
  file('/no-mode', Buffer.from('secret'), { mode: 0 });
  file('/owner', Buffer.from('owner'), { uid: 3_000_000_000, gid: 70_000 });
  file('/old', Buffer.from('old'), { mtime: -86_400_123_456_789n });
  file('/late', Buffer.from('late'), { mtime: 13_000_000_000_000_000_001n });
  file('/capability', Buffer.from('ping'), { xattrs: new Map([['security.capability', NET_RAW]]) });
  file('/acl', Buffer.from('acl'), { mode: 0o640, xattrs: new Map([['system.posix_acl_access', ACL]]) });
  file('/xattrs', Buffer.from('x'), {
    xattrs: new Map([
      ['user.small', Buffer.from('value')],
      ['user.large', pattern(1000)],
      ['trusted.mark', new Uint8Array()],
    ]),
  });
  file(`/${'n'.repeat(255)}`, Buffer.from('longest name'));
  tree.set(`/${decodeName(Buffer.from([0x66, 0xfc, 0x72]))}`, fileEntry(textContent('latin-1'), meta()));
  tree.set('/größe 文件 🎂', fileEntry(textContent('UTF-8'), meta()));
  tree.set('/links/first', fileEntry(textContent('linked'), meta({ mode: 0o600 })), meta());
  tree.set('/links/second', tree.get('/links/first')!);
  tree.set('/zz-third', tree.get('/links/first')!);
  tree.set('/short-link', symlinkEntry('empty', meta()));
  tree.set('/long-link', symlinkEntry('t/'.repeat(1000), meta({ uid: 5, gid: 6 })));
  tree.set('/sticky', directoryEntry(meta({ mode: 0o1777 })));
  tree.set('/private', directoryEntry(meta({ mode: 0o2700, uid: 12, gid: 34 })));
  tree.set('/lost+found', directoryEntry(meta({ mode: 0o700, uid: 1 })));
  tree.set('/dev/null', deviceEntry('char', 1, 3, meta({ mode: 0o666 })));
  tree.set('/dev/wide', deviceEntry('block', 259, 70_000, meta({ mode: 0o660, gid: 6 })));
  tree.set('/pipe', pipeEntry('fifo', meta({ mode: 0o640 })));
  tree.set('/socket', pipeEntry('socket', meta({ mode: 0o755 })));
  let deep = '';
  for (let level = 0; level < 60; level += 1) deep += `/level-${level}`;
  file(`${deep}/bottom`, Buffer.from('bottom'));
  for (let index = 0; index < 3000; index += 1) file(`/many/entry-${index}`, Buffer.from(String(index)));
  return tree;
}

function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  return bytes;
}
