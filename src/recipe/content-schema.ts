/** The schema of `cook.contents`. */
import * as z from 'zod';
import type { ContentOptions } from '../cook/options.ts';
import { checked } from './checked.ts';
import { deb, guestPath, mode, owner, path } from './shared-schema.ts';
import * as sources from './source-values.ts';

export const content: z.ZodType<ContentOptions> = z.union([
  z.strictObject({
    dir: path.describe('Folder whose contents are put into the root.'),
    to: guestPath.optional().describe('Default: /.'),
    owner: owner.optional(),
    modes: z
      .enum(['plain', 'keep'])
      .optional()
      .describe(
        'plain (default): 0755 for directories and executables, 0644 for the rest. keep: as on the disk.',
      ),
  }),
  z.strictObject({
    file: path.describe('One file.'),
    to: guestPath.describe('Its path in the root, file name included.'),
    owner: owner.optional(),
    mode: mode.optional(),
  }),
  z.strictObject({
    deb: deb.describe("A Debian package, through this machine's apt, or the path of a .deb."),
    to: guestPath.optional().describe('Default: /.'),
  }),
  z.strictObject({
    nix: z
      .union([checked(sources.nixPath), z.array(checked(sources.nixPath))])
      .describe('Store paths of Nix, /nix/store/HASH-NAME, with all that they refer to.'),
    cache: checked(sources.nixCache)
      .optional()
      .describe('URL or folder of a binary cache. Default: https://cache.nixos.org.'),
    keys: z
      .array(checked(sources.nixKey))
      .optional()
      .describe(
        'Public keys, NAME:BASE64, one of which must have signed each path. Default: that of cache.nixos.org.',
      ),
  }),
  z.strictObject({
    mkdir: guestPath.describe('A directory of the root, made with its parents where missing.'),
    owner: owner.optional(),
    mode: mode.optional().describe('Default: "0755".'),
  }),
  z.strictObject({
    symlink: path.describe("The link's target, stored as it is written."),
    to: guestPath.describe('Path of the link itself.'),
  }),
]) as unknown as z.ZodType<ContentOptions>;
