import type { Command } from 'commander';
import { withExamples } from '../help.ts';
import { collect, describe, type Perform, storing } from './shared.ts';

const IMAGE = 'a disk image, an ext2/3/4 image, a tar, a cpio, an OCI layout or archive, or a folder';

/** Adds the commands that look into images. */
export function addLookingCommands(program: Command, perform: Perform): void {
  const add = (name: string, summary: string, description: string, examples: readonly string[]): Command =>
    withExamples(describe(program, name, summary, description), ...examples).option(
      '--platform <os/arch>',
      'of an OCI image for several (default: linux/amd64)',
    );
  const partition = (command: Command): Command =>
    command.option('--partition <number>', 'of a disk with several file systems');

  add('inspect', 'tell what an image is and holds', 'Tells what an image is and holds; nothing is mounted.', [
    'inspect alpine.img',
    'inspect alpine.img --json | jq .fileSystems[0].uuid',
  ])
    .argument('<image>', IMAGE)
    .action((image, options) =>
      perform(options, async (context) =>
        (await import('../commands/inspect.ts')).inspectCommand(image, options, context),
      ),
    );
  partition(
    add('ls', 'list what an image holds', 'Lists what an image holds, in UTC and by numbers of owners.', [
      'ls alpine.img /etc',
      'ls -lR rootfs.tar.gz',
    ]),
  )
    .argument('<image>', IMAGE)
    .argument('[path]', 'in the image (default: /)')
    .option('-l, --long', 'modes, links, owners, sizes and times, as ls -l does')
    .option('-R, --recursive', 'directories below, too')
    .action((image, path, options) =>
      perform(options, async (context) =>
        (await import('../commands/ls.ts')).lsCommand(image, path, options, context),
      ),
    );
  partition(
    add('cat', 'print a file of an image', 'Prints a file of an image; links are followed inside of it.', [
      'cat alpine.img /etc/os-release',
    ]),
  )
    .argument('<image>', IMAGE)
    .argument('<path>', 'in the image')
    .action((image, path, options) =>
      perform(options, async (context) =>
        (await import('../commands/cat.ts')).catCommand(image, path, options, context),
      ),
    );
  partition(
    add(
      'extract',
      'copy paths of an image into a folder',
      'Copies paths of an image, with all below them, into a folder, and never out of it.',
      ['extract alpine.img /etc /boot/vmlinuz -o out'],
    ),
  )
    .argument('<image>', IMAGE)
    .argument('<path...>', 'in the image')
    .requiredOption('-o, --output <folder>', 'where to; made when missing')
    .option('--force', 'overwrite files that are there')
    .action((image, paths, options) =>
      perform(options, async (context) =>
        (await import('../commands/extract.ts')).extractCommand(image, paths, options, context),
      ),
    );
  partition(
    add(
      'diff',
      'compare two images',
      'Compares what two images hold. The exit code is 0 when that is the same, and 5 when it differs.',
      ['diff old.img new.img --ignore time', 'diff rootfs.tar alpine.img', 'diff --block old.img new.img'],
    ),
  )
    .argument('<before>', IMAGE)
    .argument('<after>', IMAGE)
    .option(
      '--ignore <what>',
      'type, content, mode, owner, time, xattrs, device or target; may be repeated',
      collect,
    )
    .option('--block', 'compare the bytes: prints position and length of each range that differs')
    .action((before, after, options) =>
      perform(options, async (context) =>
        (await import('../commands/diff.ts')).diffCommand(before, after, options, context),
      ),
    );
  storing(
    partition(
      add(
        'report',
        'write a page about an image',
        'Writes one HTML page about an image, which needs no network: the disk to scale, boot chain, sizes, packages.',
        ['report alpine.img -o report.html', 'report alpine.img --recipe cake.yaml -o report.html'],
      ),
    ),
  )
    .argument('<image>', IMAGE)
    .requiredOption('-o, --output <path>', 'where to')
    .option('--force', 'overwrite what has that name')
    .option(
      '--recipe <recipe>',
      'tell sizes by origin, too: from its cooked root, which is cooked when it is not kept',
    )
    .option('--offline', 'ask nothing of the network')
    .action((image, options) =>
      perform(options, async (context) =>
        (await import('../commands/report.ts')).reportCommand(image, options, context),
      ),
    );
}
