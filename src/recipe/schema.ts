/**
 * The one schema of recipes: it checks them, and cake.schema.json for editors is made from it. Import this
 * file lazily, for zod costs 65 to 80 ms.
 */
import * as z from 'zod';
import type { BootloaderOptions, BusyboxOptions, KernelOptions } from '../bake/options.ts';
import type { BaseOptions, ContentOptions, CookOptions, OwnerRule } from '../cook/options.ts';
import type { Cake } from './cake.ts';
import { checked, checkedNumber, run } from './checked.ts';
import { checkBake, filesystem, headroom } from './filesystem-schema.ts';
import * as sources from './source-values.ts';
import * as values from './values.ts';

/** A checked recipe in which `base` may still be a path that nobody has looked at. */
export type CheckedCake = Omit<Cake, 'cook'> & {
  readonly cook: Omit<CookOptions, 'base'> & { readonly base: string | BaseOptions };
};

/** Says what may stand at `cook.base`. */
export const BASE_HINT: string =
  'say where to start from: base: { tar: ./root.tar.gz }, { tar: https://…, sha256: … }, ' +
  '{ dir: ./root }, { oci: debian:12 }, { alpine: "3.19" } or { empty: true }';

const path = z.string().min(1, { error: 'must not be empty' });
const script = z.string();
const mode = checked(values.mode).describe('Octal digits in quotes: "0644".');
const owner = checked(values.owner).describe('uid:gid in numbers, such as "0:0"; or keep.');
const sha256 = checked(values.sha256);
const guestPath = checked(values.guestPath);
const deb = checked(values.debPackage);
const size = z
  .union([z.string(), z.number()], { error: 'must be a size such as 128M, or auto' })
  .transform((value, context) => run(value, context, values.imageSize));

const fileBases = [
  z
    .strictObject({
      tar: path.describe('Path or http(s) URL of a tar: gz, xz, zstd or not compressed.'),
      sha256: sha256.optional().describe('Digest of the tar as it lies there; a URL needs it.'),
    })
    .superRefine((base, context) => {
      if (values.isUrl(base.tar) && base.sha256 === undefined) context.issues.push(unpinned(base.tar));
    }),
  z.strictObject({
    dir: path.describe('Folder of this machine.'),
    owner: owner.optional().describe('Owner of everything in it; default 0:0.'),
  }),
  z.strictObject({ empty: z.literal(true) }),
  z.strictObject({
    oci: checked(sources.ociImage).describe(
      'An image: docker.io/library/debian:12@sha256:…; or the path of an OCI layout or of an archive.',
    ),
    platform: checked(sources.platform).optional().describe('Default: linux/amd64.'),
    limit: checkedNumber(sources.imageLimit)
      .optional()
      .describe('The most bytes that its layers have together, decompressed. Default: 64G.'),
  }),
  z.strictObject({
    alpine: checked(values.alpineRelease).describe(
      'A release of Alpine Linux, such as "3.19": its base system is installed from Alpine\'s repositories.',
    ),
    arch: z.string().optional().describe('Default: x86_64.'),
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

function base(forFiles: boolean): z.ZodType<string | BaseOptions> {
  return z
    .union(forFiles ? [pathBase, ...fileBases] : [pathBase, ...fileBases, ...codeBases])
    .describe('The root file system to start from.') as unknown as z.ZodType<string | BaseOptions>;
}

const content: z.ZodType<ContentOptions> = z.union([
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

const ownerRule: z.ZodType<OwnerRule> = z.strictObject({
  path: guestPath,
  owner: owner.optional(),
  mode: mode.optional(),
  recursive: z.boolean().optional().describe('Owner also for everything below the path.'),
}) as unknown as z.ZodType<OwnerRule>;

function cook(forFiles: boolean): z.ZodType<CheckedCake['cook']> {
  return z
    .strictObject({
      base: base(forFiles),
      repositories: z
        .array(checked(values.repository))
        .optional()
        .describe("apk repositories: URLs, or folders that hold x86_64/. Default: the base's own."),
      packages: z.array(checked(values.apkPackage)).optional().describe('Packages for apk add.'),
      apk: z
        .enum(['proot', 'native'])
        .optional()
        .describe("proot (default): the root's own apk installs packages. native: in process."),
      apkKeys: z
        .array(path)
        .optional()
        .describe('Public keys of repositories, beside those in /etc/apk/keys of the base; for apk: native.'),
      prepare: script
        .optional()
        .describe('Shell script on the host, before the packages; $ROOTFS is the scratch root.'),
      script: script.optional().describe('Shell script in the root, under PRoot.'),
      contents: z.array(content).optional().describe('Put into the root after the script, in this order.'),
      path: z
        .array(checked(values.pathFolder))
        .optional()
        .describe('Folders put at the front of PATH in /etc/profile.'),
      owners: z
        .array(ownerRule)
        .optional()
        .describe('Owners and modes, applied after everything else, in this order.'),
      cleanup: script
        .optional()
        .describe('Shell script on the host, after everything; $ROOTFS is the scratch root.'),
      sha256: z
        .union([sha256, z.literal(false)])
        .optional()
        .describe('The digest that the cooked tree must have; false: a bake computes none.'),
      ...(!forFiles && { directory: path.optional(), keepScratch: z.boolean().optional() }),
    })
    .describe('How the root file system is made.') as unknown as z.ZodType<CheckedCake['cook']>;
}

const kernel: z.ZodType<KernelOptions> = z.union([
  z.strictObject({ deb: deb.describe('A Debian kernel package by name, or the path of its .deb.') }),
  z.strictObject({
    vmlinuz: path.describe('Kernel image.'),
    modules: path.optional().describe('Folder of its modules: lib/modules/VERSION.'),
  }),
]) as unknown as z.ZodType<KernelOptions>;

const bootloader: z.ZodType<BootloaderOptions> = z.union([
  z.strictObject({ deb: deb.describe('The Debian package extlinux, or the path of its .deb.') }),
  z.strictObject({
    extlinux: path.describe('The extlinux program; it is read, never run.'),
    mbr: path.describe('mbr.bin of the same syslinux.'),
  }),
]) as unknown as z.ZodType<BootloaderOptions>;

const busybox: z.ZodType<BusyboxOptions> = z.union([
  z.strictObject({
    deb: deb.describe('A Debian package with a static /bin/busybox, or the path of its .deb.'),
  }),
  z.strictObject({ path: path.describe('A static busybox.') }),
]) as unknown as z.ZodType<BusyboxOptions>;

const bake: z.ZodType<NonNullable<Cake['bake']>> = z
  .strictObject({
    size: size.describe(
      'Size of the image: bytes, 128M or 1G in powers of 1024; or auto, the smallest that does.',
    ),
    headroom: headroom
      .optional()
      .describe('For size: auto, what stays free: 64M, or a percentage of what is used. Default: 10%.'),
    uuid: checked(values.uuid)
      .optional()
      .describe('UUID of the root file system. Default: 99999999-9999-9999-9999-999999999999.'),
    label: checked(values.label).optional().describe('Label of the root file system, at most 16 bytes.'),
    filesystem: filesystem.optional().describe('How the root file system is made.'),
    check: z.boolean().optional().describe('Whether e2fsck looks through it. Default: true.'),
    kernel: kernel.describe('Where the kernel comes from.'),
    bootloader: bootloader.optional().describe('Where syslinux comes from. Default: { deb: extlinux }.'),
    busybox: busybox
      .optional()
      .describe(
        "The initrd's busybox. Default: the root's own when it can run alone, else { deb: busybox-static }.",
      ),
    modules: z
      .array(checked(values.kernelModule))
      .optional()
      .describe('Modules that the initrd inserts; dependencies come by themselves.'),
    options: z.array(checked(values.kernelOption)).optional().describe("Words of the kernel's command line."),
    debug: z.boolean().optional().describe('Opens a shell in the initrd before the root is mounted.'),
  })
  .superRefine(checkBake)
  .describe('The disk image made of the root file system.') as unknown as z.ZodType<
  NonNullable<Cake['bake']>
>;

/** @param forFiles without what only code can give: the bases `volume` and `tree`, settings of one run */
export function cakeSchema(forFiles = false): z.ZodType<CheckedCake> {
  return z
    .strictObject({
      $schema: z.string().optional().describe('For editors; without effect.'),
      name: checked(values.cakeName).describe('Names the image file.'),
      cook: cook(forFiles),
      bake: bake.optional(),
    })
    .transform(({ $schema: _schema, ...cake }) => cake)
    .describe('A recipe of rootless-bake.') as unknown as z.ZodType<CheckedCake>;
}

/** JSON Schema (draft 7, which YAML language servers read best) of recipes in files. */
export function cakeJsonSchema(): object {
  const schema = z.toJSONSchema(cakeSchema(true), { io: 'input', target: 'draft-7' });
  return { title: 'rootless-bake recipe', ...schema };
}
