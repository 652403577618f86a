import type { EntriesOf } from './entry.ts';

/** Exit code 4: an input is not what it should be. Nothing of it was used. */
export const INTEGRITY: EntriesOf<4> = {
  RB_APK_UNTRUSTED: {
    title: 'apk does not trust a package or an index',
    means: 'apk found a signature that is wrong, or one whose key the root does not have.',
    todo: 'Put the key of the repository into /etc/apk/keys of the root, if you trust it; else do not use that repository.',
  },
  RB_ARCHIVE_DAMAGED: {
    title: 'an archive or a package is damaged',
    means: 'A tar, cpio, deb, apk, NAR or compressed file is cut off, or its bytes are none of its format.',
    todo: 'Download or make it again. When it comes damaged every time, take another mirror.',
  },
  RB_DIGEST_MISMATCH: {
    title: 'an input has another digest than it should',
    means:
      'The sha256 of a file, image or tree is not the one that the recipe, the lock or an index tells. Both are in the message.',
    todo: 'If it was changed on purpose, put the actual sha256 into the recipe or run lock --update; if not, do not use it.',
  },
  RB_ELF_TRUNCATED: {
    title: 'a program is cut off',
    means: 'An ELF file points beyond its own end.',
    todo: 'Fetch or install the program again.',
  },
  RB_EXT4_UNREADABLE: {
    title: 'a file system cannot be read',
    means: 'An ext2, ext3 or ext4 file system is damaged or cut off, or a directory in it is encrypted.',
    todo: 'Check that it is the right image or partition; e2fsck -f tells, and repairs, what is damaged.',
  },
  RB_OCI_INVALID: {
    title: 'an image of OCI is damaged',
    means:
      'A manifest, index, configuration or layer is not what the specification asks for, or what refers to it does not fit.',
    todo: 'Make or fetch the image again, or from another place.',
  },
  RB_RELEASE_INVALID: {
    title: 'a Debian repository is not the one that was meant, or out of date',
    means:
      'Its release file is for another release, of the future, no longer valid, or lacks what is needed.',
    todo: 'Check mirror, release and the clock of this machine; for an old state name a snapshot.',
  },
  RB_SIGNATURE_INVALID: {
    title: 'a signature is missing or wrong',
    means: 'A package, an index or a store path is not signed by a key that is trusted for it.',
    todo: 'Name the key in the recipe (apkKeys, keyring, keys) if you trust it; if it is there already, the input was tampered with.',
  },
};
