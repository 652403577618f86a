/** The schema of `cook.base`. */

import type { BaseOptions } from '../cook/options.ts';
import * as z from '../vendor/zod.ts';
import { checked, checkedNumber } from './checked.ts';
import { owner, path, sha256 } from './shared-schema.ts';
import * as sources from './source-values.ts';
import * as values from './values.ts';

/** Says what may stand at `cook.base`. */
export const BASE_HINT: string =
  'say where to start from: base: { tar: ./root.tar.gz }, { tar: https://…, sha256: … }, ' +
  '{ dir: ./root }, { oci: debian:12 }, { alpine: "3.19" } or { empty: true }';

const fileBases = [
  z
    .strictObject({
      tar: path.describe('Path or http(s) URL of a tar: gz, xz, zstd or not compressed.'),
      sha256: sha256.optional().describe('Digest of the tar as it lies there; a URL needs it.'),
      limit: checkedNumber(sources.sizeLimit)
        .optional()
        .describe('The most bytes that it may have, decompressed. Default: 64G.'),
    })
    .superRefine((base, context) => {
      if (values.isUrl(base.tar) && base.sha256 === undefined) context.issues.push(unpinned(base.tar));
    }),
  z.strictObject({
    dir: path.describe('Folder of this machine.'),
    owner: owner.optional().describe('Owner of everything in it. Default: 0:0.'),
  }),
  z.strictObject({ empty: z.literal(true).describe('Nothing: contents make the root.') }),
  z.strictObject({
    oci: checked(sources.ociImage).describe(
      'An image: docker.io/library/debian:12@sha256:…; or the path of an OCI layout or of an archive.',
    ),
    platform: checked(sources.platform)
      .optional()
      .describe('Which of an image for several. Default: linux/amd64.'),
    limit: checkedNumber(sources.sizeLimit)
      .optional()
      .describe('The most bytes that its layers have together, decompressed. Default: 64G.'),
  }),
  z.strictObject({
    alpine: checked(values.alpineRelease).describe(
      'A release of Alpine Linux, such as "3.19": its base system is installed from Alpine\'s repositories.',
    ),
    arch: z.string().optional().describe('Architecture of its packages. Default: x86_64.'),
    mirror: path.optional().describe("URL or folder in the place of Alpine's own servers."),
  }),
] as const;

const codeBases = [
  z.strictObject({
    volume: z.custom<never>((value) => typeof value === 'object' && value !== null),
    path: path.optional(),
    owner: owner.optional(),
  }),
  z.strictObject({ tree: z.custom<never>((value) => typeof value === 'object' && value !== null) }),
] as const;

const pathBase = path.superRefine((base, context) => {
  if (values.isUrl(base)) context.issues.push(unpinned(base));
});

function unpinned(url: string): z.core.$ZodRawIssue {
  return {
    code: 'custom',
    input: url,
    message: 'a base from the network needs its sha256',
    params: { hint: `download it once, run sha256sum, and write base: { tar: ${url}, sha256: … }` },
  };
}

export function base(forFiles: boolean): z.ZodType<string | BaseOptions> {
  return z
    .union(forFiles ? [pathBase, ...fileBases] : [pathBase, ...fileBases, ...codeBases])
    .describe('The root file system to start from.') as unknown as z.ZodType<string | BaseOptions>;
}
