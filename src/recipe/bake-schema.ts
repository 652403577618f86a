/** The schema of `bake`. */

import type { BootloaderOptions, BusyboxOptions, KernelOptions } from '../bake/options.ts';
import * as z from '../vendor/zod.ts';
import type { Cake } from './cake.ts';
import { checked, run } from './checked.ts';
import { checkBake, filesystem, headroom } from './filesystem-schema.ts';
import { deb, path } from './shared-schema.ts';
import * as values from './values.ts';

const size = z
  .union([z.string(), z.number()], { error: 'must be a size such as 128M, or auto' })
  .transform((value, context) => run(value, context, values.imageSize));

const apk = (description: string) =>
  z.strictObject({
    apk: checked(values.apkPackage).describe(`${description} Without what it depends on.`),
    repositories: z
      .array(checked(values.repository))
      .optional()
      .describe("apk repositories: URLs, or folders that hold x86_64/. Default: the cook part's."),
    apkKeys: z
      .array(path)
      .optional()
      .describe("Public keys of repositories, beside Alpine's own. Default: the cook part's."),
  });

const kernel: z.ZodType<KernelOptions> = z.union([
  z.strictObject({ deb: deb.describe('A Debian kernel package by name, or the path of its .deb.') }),
  apk('A kernel package of Alpine: linux-virt, linux-lts.'),
  z.strictObject({
    vmlinuz: path.describe('Kernel image.'),
    modules: path.optional().describe('Folder of its modules: lib/modules/VERSION.'),
  }),
]) as unknown as z.ZodType<KernelOptions>;

const bootloader: z.ZodType<BootloaderOptions> = z.union([
  z.strictObject({ deb: deb.describe('The Debian package extlinux, or the path of its .deb.') }),
  apk('The Alpine package syslinux.'),
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

export const bake: z.ZodType<NonNullable<Cake['bake']>> = z
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
