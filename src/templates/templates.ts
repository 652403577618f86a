import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each template makes, in words for lists; the first is what `init` writes unless told. */
export const TEMPLATES = {
  hello: 'the smallest machine that boots to a login: busybox of Debian',
  'alpine-machine': 'Alpine with OpenRC, a user, sshd and DHCP; nothing of Debian',
  nix: 'Alpine with programs of Nix on its PATH',
  debian: 'Debian with systemd, from its packages',
  oci: 'an image from a registry that boots as a machine',
} as const;

/** What a recipe can begin with. */
export type TemplateName = keyof typeof TEMPLATES;

export const DEFAULT_TEMPLATE: TemplateName = 'hello';

/** A file of a template. */
export interface TemplateFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly isExecutable: boolean;
}

/** The folder of the templates that come with the package. */
const FOLDER = fileURLToPath(new URL('../../fixtures/templates/', import.meta.url));

/** Stand in a template's texts for what {@link fillTemplate} gets. */
const PLACEHOLDERS = /__(NAME|CAKE|HOST|SCHEMA)__/g;

/** A word with the name in it, before a gap that lines up what follows with other lines. */
const LINED_UP = /__NAME__(\S*)( {2,})/g;

/** The recipe's name as it is, and as YAML writes it; the machine's name in YAML; where the schema is. */
export type TemplateValues = Readonly<Record<'NAME' | 'CAKE' | 'HOST' | 'SCHEMA', string>>;

/** The files of a template, its recipe first, the rest by their paths. */
export function fillTemplate(template: TemplateName, values: TemplateValues): TemplateFile[] {
  const folder = join(FOLDER, template);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort((a, b) => Number(b === 'cake.yaml') - Number(a === 'cake.yaml') || (a < b ? -1 : 1));
  return paths.map((path) => ({
    path,
    text: readFileSync(join(folder, path), 'utf8')
      .replaceAll(LINED_UP, (all, rest: string) => `${(values.NAME + rest).padEnd(all.length - 2)}  `)
      .replaceAll(PLACEHOLDERS, (_, key: keyof TemplateValues) => values[key]),
    isExecutable: (statSync(join(folder, path)).mode & 0o100) !== 0,
  }));
}
