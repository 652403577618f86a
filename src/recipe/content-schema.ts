/** The schema of `cook.contents`. */

import type { ContentOptions } from '../cook/options.ts';
import * as z from '../vendor/zod.ts';
import { checked } from './checked.ts';
import { deb, guestPath, mode, owner, path } from './shared-schema.ts';
import * as sources from './source-values.ts';
import { isDebPath } from './values.ts';

const settled = z
  .union([z.boolean(), z.array(guestPath)], { error: 'must be true, false or a list of paths' })
  .optional();
const conflicts = {
  replace: settled.describe(
    'What is in the root already with other content or another type is replaced: everywhere (true), or at these paths and below them. Default: it is an error.',
  ),
  skip: settled.describe(
    'What is in the root already stays: everywhere (true), or at these paths and below them. Where replace has a path too, the longer counts.',
  ),
};

const debianFiles = {
  only: z
    .array(path)
    .min(1)
    .optional()
    .describe('Only these paths and what is below them, such as usr/bin/gawk. *, ? and ** stand for others.'),
  to: guestPath.optional().describe('Folder of the root that it goes to. Default: /.'),
  ...conflicts,
};

const source = z.union([
  z.strictObject({
    dir: path.describe('Folder whose contents are put into the root.'),
    to: guestPath.optional().describe('Folder of the root that it goes to. Default: /.'),
    owner: owner.optional(),
    modes: z
      .enum(['plain', 'keep'])
      .optional()
      .describe(
        'plain (default): 0755 for directories and executables, 0644 for the rest. keep: as on the disk.',
      ),
    ...conflicts,
  }),
  z.strictObject({
    file: path.describe('One file.'),
    to: guestPath.describe('Its path in the root, file name included.'),
    owner: owner.optional(),
    mode: mode.optional(),
    ...conflicts,
  }),
  z.strictObject({
    deb: deb.describe("A Debian package, through this machine's apt, or the path of a .deb."),
    dependencies: z
      .boolean()
      .optional()
      .describe('With all that it depends on; only for a package of apt. Default: false.'),
    ...debianFiles,
  }),
  z.strictObject({
    debian: z
      .union([checked(sources.debianPackage), z.array(checked(sources.debianPackage)).min(1)], {
        error: 'must be text or a list',
      })
      .describe('Debian packages from a mirror, with all that they depend on: names, or NAME=VERSION.'),
    release: checked(sources.debianRelease).describe('A codename or a suite, such as bookworm or stable.'),
    mirror: checked(sources.debianMirror)
      .optional()
      .describe('URL. Default: http://ftp.debian.org/debian; for a snapshot that of snapshot.debian.org.'),
    snapshot: checked(sources.debianSnapshot)
      .optional()
      .describe('The archive as it was at a time: 20240101T000000Z.'),
    components: z
      .array(checked(sources.debianWord))
      .min(1)
      .optional()
      .describe('Parts of the archive. Default: main.'),
    arch: checked(sources.debianWord).optional().describe('Architecture of the packages. Default: amd64.'),
    keyring: z
      .union([path, z.array(path).min(1)])
      .optional()
      .describe("Files of the keys that may sign the release. Default: Debian's own on this machine."),
    dependencies: z.boolean().optional().describe('Whether what they depend on comes along. Default: true.'),
    ...debianFiles,
  }),
  z.strictObject({
    nix: z
      .union([checked(sources.nixWord), z.array(checked(sources.nixWord))], {
        error: 'must be text or a list',
      })
      .describe(
        'Store paths of Nix, /nix/store/HASH-NAME, with all that they refer to; with a channel also names: gawk, gawk-5.2.1, gawk.man.',
      ),
    channel: checked(sources.nixChannel)
      .optional()
      .describe(
        "What names stand for: one of NixOS's channels, such as nixos-24.05, or the URL or path of a list of store paths.",
      ),
    system: z
      .enum(['x86_64-linux', 'aarch64-linux', 'i686-linux', 'riscv64-linux'])
      .optional()
      .describe("Which of a channel's builds are meant. Default: x86_64-linux."),
    cache: checked(sources.nixCache)
      .optional()
      .describe('URL or folder of a binary cache. Default: https://cache.nixos.org.'),
    keys: z
      .array(checked(sources.nixKey))
      .optional()
      .describe(
        'Public keys, NAME:BASE64, one of which must have signed each path. Default: that of cache.nixos.org.',
      ),
    ...conflicts,
  }),
  z.strictObject({
    mkdir: guestPath.describe('A directory of the root, made with its parents where missing.'),
    owner: owner.optional(),
    mode: mode.optional().describe('Octal digits in quotes. Default: "0755".'),
    ...conflicts,
  }),
  z.strictObject({
    symlink: path.describe("The link's target, stored as it is written."),
    to: guestPath.describe('Path of the link itself.'),
    ...conflicts,
  }),
]);

export const content: z.ZodType<ContentOptions> = source.superRefine((item, context) => {
  const { replace, skip } = item;
  if ('deb' in item && item.dependencies && isDebPath(item.deb)) {
    context.addIssue({
      code: 'custom',
      message: 'what a .deb file depends on is not looked up',
      path: ['dependencies'],
      params: { hint: 'name the packages that it needs as contents of their own' },
    });
  }
  const named = 'nix' in item && item.channel === undefined && [item.nix].flat().find(sources.isNixName);
  if (named) {
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(named)} is no store path`,
      path: ['nix'],
      params: { hint: `write ${sources.NIX_PATH}, as nix path-info prints it, or say which channel has it` },
    });
  }
  const twice = listed(replace).find((path) => listed(skip).includes(path));
  if (twice === undefined) return;
  const what = twice === '/' ? 'everything' : twice;
  context.addIssue({
    code: 'custom',
    message: `replace and skip both say what becomes of ${what}`,
    path: ['skip'],
  });
}) as unknown as z.ZodType<ContentOptions>;

/** The paths that an option names; `true` is the root. */
function listed(option: boolean | readonly string[] | undefined): readonly string[] {
  return typeof option === 'object' ? option : option ? ['/'] : [];
}
