/**
 * The one schema of recipes: it checks them, and cake.schema.json for editors is made from it. Import this
 * file lazily: most commands find that the recipe has been checked before, and need no zod.
 */

import type { MachineSetup } from '../cook/machine/options.ts';
import type { BaseOptions, CookOptions, OwnerRule } from '../cook/options.ts';
import * as z from '../vendor/zod.ts';
import { bake } from './bake-schema.ts';
import { base } from './base-schema.ts';
import type { Cake } from './cake.ts';
import { checked } from './checked.ts';
import { content } from './content-schema.ts';
import { machine } from './machine-schema.ts';
import { guestPath, mode, owner, path, sha256 } from './shared-schema.ts';
import * as values from './values.ts';

export { BASE_HINT } from './base-schema.ts';

/** A checked recipe in which `base` may still be a path that nobody has looked at. */
export type CheckedCake = Omit<Cake, 'cook'> & {
  readonly cook: Omit<CookOptions, 'base'> & { readonly base: string | BaseOptions };
  readonly machine?: MachineSetup;
};

const script = z.string();

const ownerRule: z.ZodType<OwnerRule> = z.strictObject({
  path: guestPath.describe('Path in the root.'),
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
      ...(!forFiles && {
        directory: path.optional(),
        keepScratch: z.boolean().optional(),
        machine: machine.optional(),
      }),
    })
    .describe('How the root file system is made.') as unknown as z.ZodType<CheckedCake['cook']>;
}

/** @param forFiles without what only code can give: the bases `volume` and `tree`, settings of one run */
export function cakeSchema(forFiles = false): z.ZodType<CheckedCake> {
  return z
    .strictObject({
      $schema: z.string().optional().describe('For editors; without effect.'),
      name: checked(values.cakeName).describe('Names the image file.'),
      cook: cook(forFiles),
      machine: machine.optional(),
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
