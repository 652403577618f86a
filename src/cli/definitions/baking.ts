import { type Command, Option } from 'commander';
import { ROOT_FORMATS } from '../../export/root-formats.ts';
import { withExamples } from '../help.ts';
import {
  bakeFlags,
  choice,
  collect,
  cookingCommand,
  describe,
  imageFlags,
  lockFile,
  lockingCommand,
  metadataFile,
  type Perform,
  recipeCommand,
  sbomFlags,
} from './shared.ts';

/** Adds the commands that make something of a recipe. */
export function addBakingCommands(program: Command, perform: Perform): void {
  addCheck(program, perform);
  addPlan(program, perform);
  addLock(program, perform);
  addCook(program, perform);
  addBake(program, perform);
  addVerify(program, perform);
  addBoot(program, perform);
  addShell(program, perform);
  addPush(program, perform);
  addMkfs(program, perform);
}

function addCheck(program: Command, perform: Perform): void {
  withExamples(
    recipeCommand(program, 'check', 'check a recipe and that its files are there').action((recipe, options) =>
      perform(options, async () => (await import('../commands/check.ts')).checkCommand(recipe, options)),
    ),
    'check cake.yaml',
    'check cake.yaml --set bake.size=256M',
  );
}

function addPlan(program: Command, perform: Perform): void {
  withExamples(
    bakeFlags(lockingCommand(program, 'plan', 'tell what a bake would fetch, cook and bake; do nothing'))
      .option('--rebuild', 'as if the store had kept no root and no image')
      .option('-o, --output <path>', 'path of the image (default: NAME.img)')
      .action((recipe, options) =>
        perform(options, async (context) =>
          (await import('../commands/plan.ts')).planCommand(recipe, options, context),
        ),
      ),
    ['plan cake.yaml', 'never asks the network'],
    ['plan cake.yaml --locked --json', 'for CI: fails when recipe and lock do not fit'],
  );
}

function addVerify(program: Command, perform: Perform): void {
  withExamples(
    bakeFlags(
      lockingCommand(program, 'verify', 'bake twice, in different surroundings, and compare the images'),
    )
      .option('--keep <folder>', 'leave both images in this new folder, as first.img and second.img')
      .action((recipe, options) =>
        perform(options, async (context) =>
          (await import('../commands/verify.ts')).verifyCommand(recipe, options, context),
        ),
      ),
    ['verify cake.yaml', 'exit code 0: equal; 5: it says what differs'],
    ['verify cake.yaml --locked --keep both', 'two images to look into'],
  );
}

function addLock(program: Command, perform: Perform): void {
  withExamples(
    lockFile(recipeCommand(program, 'lock', 'look up all inputs of a recipe and write its lock'))
      .option('--update [name...]', 'look these up anew: packages, images, kinds such as deb; alone: all')
      .addOption(metadataFile())
      .action((recipe, options) =>
        perform(options, async (context) =>
          (await import('../commands/lock.ts')).lockCommand(recipe, options, context),
        ),
      ),
    ['lock cake.yaml', 'what the lock lacks'],
    ['lock cake.yaml --update openrc', 'one input anew'],
    ['bake cake.yaml --locked', 'the same bytes from now on'],
  );
}

function addCook(program: Command, perform: Perform): void {
  withExamples(
    imageFlags(sbomFlags(cookingCommand(program, 'cook', 'cook a root file system; prints its digest')))
      .option(
        '-o, --output <path>',
        'write it as .tar, .cpio, each with .gz or .zst, .oci.tar, .oci, or a folder',
      )
      .addOption(
        choice('--format <kind>', 'what to write, whatever the name of the output', [...ROOT_FORMATS]),
      )
      .option('--force', 'overwrite the output')
      .addOption(metadataFile())
      .action((recipe, options) =>
        perform(options, async (context) =>
          (await import('../commands/cook.ts')).cookCommand(recipe, options, context),
        ),
      ),
    ['cook cake.yaml', 'only its digest'],
    ['cook cake.yaml -o rootfs.tar.gz', 'also .tar, .tar.zst, .cpio …'],
    ['cook cake.yaml -o image.oci.tar', 'as an image of OCI'],
  );
}

function addBake(program: Command, perform: Perform): void {
  withExamples(
    bakeFlags(
      sbomFlags(cookingCommand(program, 'bake', 'cook, then bake a bootable disk image')).option(
        '-o, --output <path>',
        'path of the image (default: NAME.img)',
      ),
    )
      .option('--force', 'overwrite the output')
      .addOption(
        new Option('--recipe-folder <path>', 'where relative paths of recipes start from').hideHelp(),
      )
      .addOption(metadataFile())
      .action((recipe, options) =>
        perform(options, async (context) =>
          (await import('../commands/bake.ts')).bakeCommand(recipe, options, context),
        ),
      ),
    ['bake hello', 'the built-in cake hello, to hello.img'],
    ['bake cake.yaml -o alpine.img --force', 'over what is there'],
    'bake cake.yaml --size auto --sbom alpine.spdx.json',
    "bake cake.yaml --set 'cook.packages=[openrc, chrony]'",
    ['bake cake.yaml --locked --offline', 'the bytes that the lock pins, without a network'],
  );
}

function addBoot(program: Command, perform: Perform): void {
  withExamples(
    describe(program, 'boot', 'boot an image in QEMU')
      .argument('<image>', 'a raw disk image')
      .option('--memory <size>', 'memory of the machine (default: 512M)')
      .addOption(choice('--display <kind>', 'its screen (default: none)', ['none', 'vga', 'curses']))
      .addOption(
        choice('--accel <kind>', 'auto proves KVM by booting (default: auto)', ['auto', 'kvm', 'tcg']),
      )
      .option('--expect <text>', 'end with exit code 0 when the console shows this text, else with 1')
      .option('--timeout <seconds>', 'how long --expect waits (default: 120)')
      .option('--snapshot', 'leave the image as it is: writes are thrown away')
      .option(
        '--forward <ports>',
        'HERE:GUEST, a port of 127.0.0.1 that leads into the machine, which gets a network; may be repeated',
        collect,
      )
      .action((image, options) =>
        perform(options, async (context) =>
          (await import('../commands/boot.ts')).bootCommand(image, options, context),
        ),
      ),
    ['boot alpine.img', 'console in this terminal'],
    ['boot alpine.img --snapshot --expect login: --timeout 120', 'for CI'],
    ['boot alpine.img --forward 2222:22', 'then: ssh -p 2222 root@127.0.0.1'],
  );
}

function addShell(program: Command, perform: Perform): void {
  withExamples(
    cookingCommand(program, 'shell', 'open a shell in the cooked root, under PRoot', '<recipe>')
      .argument('[command...]', 'run this instead of a login shell')
      .option('--bind <host:guest>', 'show a file or folder of this machine; may be repeated', collect)
      .action((recipe, command, options) =>
        perform(options, async (context) =>
          (await import('../commands/shell.ts')).shellCommand(recipe, command, options, context),
        ),
      ),
    'shell cake.yaml',
    ['shell cake.yaml -- apk info', 'one command'],
    'shell cake.yaml --bind ./src:/mnt',
  );
}

function addPush(program: Command, perform: Perform): void {
  withExamples(
    imageFlags(cookingCommand(program, 'push', 'push a root to a registry as an image of OCI', '<source>'))
      .argument('<reference>', 'where to, as Docker writes it: registry/repository:tag')
      .option(
        '--mount-from <repository>',
        'of the same registry, that may have the blobs; may be repeated',
        collect,
      )
      .addOption(metadataFile())
      .action((source, reference, options) =>
        perform(options, async (context) =>
          (await import('../commands/push.ts')).pushCommand(source, reference, options, context),
        ),
      ),
    ['push cake.yaml registry.example/team/image:1.0', 'what cook makes of it'],
    ['push image.oci.tar registry.example/team/image:1.0', 'as it is'],
  );
}

function addMkfs(program: Command, perform: Perform): void {
  withExamples(
    describe(
      program,
      'mkfs',
      'make an ext4 image of a folder or a tar',
      'Makes an image of one ext4 file system that holds what a folder or a tar holds.',
    )
      .argument('<source>', 'a folder, or a tar: gz, xz, zstd or not compressed')
      .requiredOption('-o, --output <path>', 'path of the image')
      .option('--size <size>', 'such as 512M (default: auto, the smallest that does)')
      .option('--headroom <size>', 'what --size auto leaves free, such as 10% or 64M (default: 10%)')
      .option('--set <key=value>', 'choose what bake.filesystem does, such as blockSize=1024', collect)
      .option('--owner <uid:gid>', "owner of a folder's entries, or keep (default: 0:0)")
      .option('--label <label>', 'label of the file system')
      .option('--uuid <uuid>', 'its UUID')
      .option('--no-check', 'leave out e2fsck')
      .option('--force', 'overwrite the output')
      .addOption(metadataFile())
      .action((source, options) =>
        perform(options, async (context) =>
          (await import('../commands/mkfs.ts')).mkfsCommand(source, options, context),
        ),
      ),
    'mkfs ./rootfs -o rootfs.ext4',
    'mkfs rootfs.tar.gz -o rootfs.ext4 --size 512M --label root',
  );
}
