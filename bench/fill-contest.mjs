/**
 * Fills a file system with a folder: the same ext4 by each contestant, but for tar, which shows how fast every
 * byte can be read once and written once.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, findProgram, run } from './environment.mjs';

const UUID = '99999999-9999-9999-9999-999999999999';

/** What ours makes, told to mke2fs, whose own configuration differs between distributions. */
const FEATURES = [
  ...[
    'none',
    'has_journal',
    'ext_attr',
    'resize_inode',
    'dir_index',
    'filetype',
    'extent',
    '64bit',
    'flex_bg',
  ],
  ...['sparse_super', 'large_file', 'huge_file', 'dir_nlink', 'extra_isize', 'metadata_csum'],
].join();
const EXTENDED = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0';

export const fillContest = {
  name: 'fill',
  title: 'a file system of the folder',
  takes: () => true,
  contestants,
  describe,
};

/** Ours first. Each has its own image; `scratch` lists what else it leaves behind. */
function contestants(root, work) {
  const image = (name) => join(work, `${root.name}-${name}.img`);
  const size = `${root.sizeMiB}M`;
  const ours = [
    process.execPath,
    CLI,
    'mkfs',
    root.folder,
    '--size',
    size,
    '--owner',
    'keep',
    '--uuid',
    UUID,
    '-q',
  ];
  return [
    { name: 'rootless-bake', image: image('ours'), command: [...ours, '-o', image('ours')] },
    {
      name: 'rootless-bake --no-check',
      image: image('unchecked'),
      command: [...ours, '--no-check', '-o', image('unchecked')],
    },
    {
      name: 'mke2fs -d',
      image: image('mke2fs'),
      command: [
        ...['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-O', FEATURES, '-E', EXTENDED],
        ...['-U', UUID, '-d', root.folder, image('mke2fs'), size],
      ],
    },
    genimage(root, work, image('genimage')),
    { name: 'virt-make-fs', image: image('virt'), ...virtMakeFs(root, image('virt')) },
    {
      name: 'tar -cf (limit)',
      image: image('tar'),
      isFileSystem: false,
      command: ['tar', '--numeric-owner', '-cf', image('tar'), '-C', root.folder, '.'],
    },
  ].filter(({ name, command }) => {
    if (findProgram(command[0])) return true;
    process.stderr.write(`*** ${command[0]} is not installed: ${name} is left out ***\n`);
    return false;
  });
}

/** genimage copies the folder first, and runs e2fsck as well. It chooses the directory hash's seed by itself. */
function genimage(root, work, image) {
  const config = join(work, `${root.name}-genimage.cfg`);
  const scratch = join(work, `${root.name}-genimage`);
  const output = `${root.name}-genimage.img`;
  writeFileSync(
    config,
    `image ${output} {
  size = ${root.sizeMiB}M
  ext4 {
    use-mke2fs = true
    features = "${FEATURES}"
    extraargs = "-b 4096 -U ${UUID} -E ${EXTENDED}"
  }
}
`,
  );
  const paths = ['--rootpath', root.folder, '--tmppath', scratch, '--inputpath', work, '--outputpath', work];
  return { name: 'genimage', image, scratch: [scratch], command: ['genimage', '--config', config, ...paths] };
}

function virtMakeFs(root, image) {
  const options = ['--format=raw', '--type=ext4', `--size=${root.sizeMiB}M`];
  return { command: ['virt-make-fs', ...options, root.folder, image] };
}

/** The features and numbers of a file system that decide how much is to be written; nothing for a tar. */
function describe({ image, isFileSystem = true }) {
  if (!isFileSystem) return undefined;
  const fields = Object.fromEntries(
    run('dumpe2fs', ['-h', image], { quiet: true })
      .split('\n')
      .map((line) => line.split(/:\s+(.*)/s).slice(0, 2)),
  );
  const keys = ['Block count', 'Block size', 'Inode count', 'Inode size', 'Total journal size'];
  return {
    features: fields['Filesystem features'].split(' ').sort().join(' '),
    ...Object.fromEntries(keys.map((key) => [key.toLowerCase(), fields[key]])),
  };
}
