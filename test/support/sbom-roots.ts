import { textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

/** Adds files, by path, that a base has. */
export function withFiles(tree: Tree, files: Readonly<Record<string, string>>, origin = 'base'): Tree {
  for (const [path, text] of Object.entries(files)) {
    tree.set(path, fileEntry(textContent(text), metadata({ origin })));
  }
  return tree;
}

/** A root with apk's database, in the words of real packages and some that none has. */
export function alpineRoot(): Tree {
  return withFiles(new Tree(), {
    '/etc/os-release': `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.4\nPRETTY_NAME="Alpine Linux v3.19"\n`,
    '/bin/busybox': 'busybox',
    '/etc/motd': 'hello',
    '/srv/page': 'of nobody',
    '/lib/apk/db/installed': `C:Q1pSfk4Szjc3Ks4wd4m2mLvwBZIJI=
P:busybox
V:1.36.1-r15
A:x86_64
S:507152
I:958464
T:Size optimized toolbox of many common UNIX utilities
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Sören Tempel <soeren+alpine@soeren-tempel.net>
t:1700000000
c:f0ea4ee8bd0bc9b6d5a3e6fd7ae3b3f1f5c8a1d2
p:cmd:busybox=1.36.1-r15
F:bin
R:busybox
a:0:0:755

P:libc-utils
V:0.7.2-r5
A:noarch
L:BSD-2-Clause AND BSD-3-Clause
m:Natanael Copa <ncopa@alpinelinux.org>
o:libc-dev
U:no url

P:odd+name
V:1:2.0_rc1-r0
A:x86_64
L:custom
F:etc
R:motd

`,
  });
}

/** A root with dpkg's database, in one file and in parts, and copyright files of each kind. */
export function debianRoot(): Tree {
  const tree = withFiles(new Tree(), {
    '/usr/lib/os-release': `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n`,
    '/var/lib/dpkg/status': `Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Version: 5.2.15-2+b7
Source: bash (5.2.15-2)
Homepage: http://tiswww.case.edu/php/chet/bash/bashtop.html
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter.

Package: libc6
Status: install ok unpacked
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u10

Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: i386
Source: glibc
Version: 2.36-9+deb12u10

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
`,
    '/var/lib/dpkg/status.d/tzdata':
      'Package: tzdata\nArchitecture: all\nVersion: 2024a-0+deb12u1\nMaintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n',
    '/var/lib/dpkg/status.d/tzdata.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/share/zoneinfo/UTC\n',
    '/var/lib/dpkg/info/bash.list': '/.\n/bin\n/bin/bash\n/usr\n/usr/share/doc/bash/copyright\n',
    '/usr/bin/bash': 'bash',
    '/usr/share/zoneinfo/UTC': 'UTC',
    '/usr/share/doc/bash/copyright': `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 1987-2022 Free Software Foundation, Inc.
License: GPL-3+

Files: doc/*
Copyright: 2022 somebody
License: GFDL-NIV-1.3+ or public-domain

License: GPL-3+
 On Debian systems the text is in /usr/share/common-licenses/GPL-3.
`,
    '/usr/share/doc/libc6/copyright': 'This is the Debian prepackaged version of the GNU C Library.\n',
  });
  tree.set('/bin', symlinkEntry('usr/bin', metadata({ origin: 'base' })));
  return tree;
}
