/**
 * What ext2fs.wasm is built from and how: the pinned source, its files, every compiler and linker flag.
 * Together with the files in `c/` this determines the binary.
 */

/** The e2fsprogs release: upstream's tarball, which Debian ships unchanged as its `.orig.tar.gz`. */
export const source = {
  name: 'e2fsprogs',
  version: '1.47.0',
  /** Debian's name for the tarball. */
  file: 'e2fsprogs_1.47.0.orig.tar.gz',
  sha256: '6667afde56eef0c6af26684974400e4d2288ea49e9441bf5e6229195d51a3578',
  url: 'https://mirrors.edge.kernel.org/pub/linux/kernel/people/tytso/e2fsprogs/v1.47.0/e2fsprogs-1.47.0.tar.gz',
} as const;

/** The C files of the tarball that are compiled, by folder, without `.c`. */
const files: Record<string, string> = {
  'lib/ext2fs':
    'alloc alloc_sb alloc_stats alloc_tables atexit badblocks bb_compat bb_inode bitmaps bitops ' +
    'blkmap64_ba blkmap64_rb blknum block bmap check_desc closefs crc16 crc32c csum dblist dblist_dir ' +
    'digest_encode dirblock dirhash dir_iterate expanddir ext_attr extent fallocate fileio finddev freefs ' +
    'gen_bitmap gen_bitmap64 get_num_dirs get_pathname hashmap i_block icount ind_block initialize inline ' +
    'inline_data inode io_manager link lookup mkdir mkjournal mmp namei native newdir nls_utf8 openfs ' +
    'orphan progress punch read_bb read_bb_file res_gdt rw_bitmaps sha256 sha512 swapfs symlink unlink ' +
    'valid_blk version rbtree dupfs inode_io write_bb_file',
  'lib/et': 'error_message et_name init_et com_err com_right',
  'lib/uuid': 'clear compare copy isnull pack parse unpack unparse',
  'lib/e2p': 'feature hashstr mntopts parse_num pe pf ps uuid ostype percent encoding errcode ls crypto_mode',
  'lib/support':
    'cstring mkquota profile parse_qtype print_fs_flags profile_helpers quotaio quotaio_v2 quotaio_tree ' +
    'dict',
  misc: 'mke2fs util mk_hugefiles create_inode',
  e2fsck:
    'unix e2fsck super pass1 pass1b pass2 pass3 pass4 pass5 journal badblocks util dirinfo dx_dirinfo ' +
    'ehandler problem message quota recovery region revoke ea_refcount rehash logfile readahead extents ' +
    'encrypted_files',
};

/** Generated C files (generate.ts). */
const generated: readonly string[] = [
  'lib/ext2fs/ext2_err.c',
  'lib/support/prof_err.c',
  'misc/default_profile.c',
];

/** Every C file of the tarball to compile, generated ones included, as paths in the tarball. */
export const upstreamSources: readonly string[] = [
  ...Object.entries(files).flatMap(([folder, names]) =>
    names.split(' ').map((name) => `${folder}/${name}.c`),
  ),
  ...generated,
];

/** Our own C files, in `c/`. */
export const ownSources: readonly string[] = [
  'abandon',
  'errors',
  'host_io',
  'page_cache',
  'platform',
  'programs',
  'reader',
  'reader_blocks',
  'reader_directory',
  'reader_inode',
  'writer',
  'writer_blockmap',
  'writer_blocks',
  'writer_content',
  'writer_create',
  'writer_dirblock',
  'writer_directory',
  'writer_dirindex',
  'writer_dirwrite',
  'writer_extents',
  'writer_inode',
  'writer_names',
  'writer_xattr',
].map((name) => `${name}.c`);

/** Where the tarball's tree, `c/` and the generated files lie in the compiler's file system. */
export const folders = { upstream: 'src', own: 'glue' } as const;

/** Options of `clang -cc1`: target, code generation, the C library that comes with @yowasp/clang. */
export const compilerFlags: readonly string[] = [
  ...'-triple wasm32-unknown-wasip1 -O2 -emit-obj -disable-free -clear-ast-before-backend'.split(' '),
  ...'-mrelocation-model static -mframe-pointer=none -ffp-contract=on -mconstructor-aliases'.split(' '),
  ...'-target-cpu generic -fvisibility=hidden -fgnuc-version=4.2.1 -vectorize-loops -vectorize-slp'.split(
    ' ',
  ),
  ...'-ffunction-sections -fdata-sections -std=gnu17 -w'.split(' '),
  ...'-resource-dir /usr -isysroot /usr -internal-isystem /usr/include'.split(' '),
  ...'-internal-isystem /usr/include/wasm32-wasip1'.split(' '),
  ...'-D_GNU_SOURCE -DHAVE_CONFIG_H -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID'.split(' '),
  ...'-D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_MMAN'.split(' '),
];

/** Where e2fsprogs's files find their headers. */
export const upstreamIncludes: readonly string[] = [
  `${folders.own}/include`,
  ...['lib', 'include', 'lib/ext2fs', '.', 'e2fsck', 'misc', 'lib/support'].map(
    (path) => `${folders.upstream}/${path}`,
  ),
].map((path) => `-I${path}`);

/** Where our own files find theirs. */
export const ownIncludes: readonly string[] = [`-I${folders.own}`, ...upstreamIncludes];

/**
 * How upstream's files are adapted without changing a line of them: the programs' `main` becomes a
 * function, a function that both programs define gets two names, e2fsck's `open` of /dev/null is
 * answered by c/platform.c, and c/abandon.c stands between e2fsck's main and its passes.
 */
export const flagsOf: Readonly<Record<string, readonly string[]>> = {
  'misc/mke2fs.c': ['-Dmain=mke2fs_main'],
  'e2fsck/unix.c': [
    '-Dmain=e2fsck_main',
    '-Dopen=platform_open',
    '-Ddump_mmp_msg=e2fsck_dump_mmp_msg',
    '-De2fsck_run=e2fsck_run_abandonable',
  ],
  'e2fsck/util.c': ['-Ddump_mmp_msg=e2fsck_dump_mmp_msg'],
};

/**
 * Options of the `clang` driver for the link. Functions marked export_name in `c/` are exported as well. The
 * stack lies in front of the data, so that an overflow traps; 2 GiB of memory are the end, whatever a damaged
 * file system asks for.
 */
export const linkerFlags: readonly string[] = [
  '--target=wasm32-wasip1',
  '-mexec-model=reactor',
  ...['signal', 'getpid', 'process-clocks', 'mman'].map((name) => `-lwasi-emulated-${name}`),
  '-Wl,--gc-sections,--strip-all,-z,stack-size=1048576,--stack-first,--max-memory=2147483648',
  '-Wl,--export=malloc,--export=free',
];
