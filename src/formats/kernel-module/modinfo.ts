import { RootlessBakeError } from '../../errors.ts';
import { elfSection, elfSectionBytes, parseElf } from '../elf/index.ts';
import { moduleNameOf, normalizeModuleName } from './name.ts';

/** What a module says about itself (`MODULE_INFO`, include/linux/module.h). Module names have `_`. */
export interface ModuleInfo {
  readonly name: string;
  /** Modules that must be inserted before: their symbols are used. */
  readonly depends: readonly string[];
  /** Modules or aliases that should be inserted before, where they exist. */
  readonly softdepPre: readonly string[];
  /** Modules or aliases that should be inserted after, where they exist. */
  readonly softdepPost: readonly string[];
  /** Shell patterns of the names and devices that the module answers to, as written. */
  readonly aliases: readonly string[];
  /** Firmware files, relative to /lib/firmware. */
  readonly firmware: readonly string[];
  /** Kernel release and build flags that the module was made for; absent for built-ins. */
  readonly vermagic: string | undefined;
  /** Every field, in file order: license, description, parm, … */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** The `key=value` strings, divided by NULs, of a `.modinfo` section. */
export function parseModinfoFields(section: Uint8Array): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const text of Buffer.from(section).toString('utf8').split('\0')) {
    const equals = text.indexOf('=');
    if (equals > 0) addField(fields, text.slice(0, equals), text.slice(equals + 1));
  }
  return fields;
}

/** Adds one value to a field with many. */
export function addField(fields: Map<string, string[]>, key: string, value: string): void {
  const values = fields.get(key);
  if (values === undefined) fields.set(key, [value]);
  else values.push(value);
}

/** `pre: a b post: c`: the names after each word with a colon. */
function softdeps(values: readonly string[], kind: 'pre:' | 'post:'): string[] {
  const names: string[] = [];
  for (const value of values) {
    let current = '';
    for (const word of value.split(/[\s,]+/)) {
      if (word.endsWith(':')) current = word;
      else if (word !== '' && current === kind) names.push(word);
    }
  }
  return names;
}

/** Gives the fields of one module their meaning. */
export function moduleInfo(name: string, fields: ReadonlyMap<string, readonly string[]>): ModuleInfo {
  const all = (key: string): readonly string[] => fields.get(key) ?? [];
  return {
    name: normalizeModuleName(name),
    depends: all('depends').flatMap((list) =>
      list
        .split(',')
        .filter((word) => word !== '')
        .map(normalizeModuleName),
    ),
    softdepPre: softdeps(all('softdep'), 'pre:'),
    softdepPost: softdeps(all('softdep'), 'post:'),
    aliases: all('alias'),
    firmware: all('firmware'),
    vermagic: all('vermagic')[0],
    fields,
  };
}

/**
 * Reads the `.modinfo` section of a module, an ELF file (already unpacked, when it was compressed).
 *
 * @param path where the module lies; its file name names the module when the section does not (before
 * Linux 4.13), and errors name it
 * @throws RootlessBakeError `RB_MODULE_INVALID` with the ELF reader's error as cause
 */
export function readModuleInfo(bytes: Uint8Array, path: string): ModuleInfo {
  try {
    const elf = parseElf(bytes);
    const section = elfSection(elf, '.modinfo');
    if (section !== undefined) {
      const fields = parseModinfoFields(elfSectionBytes(elf, section));
      return moduleInfo(fields.get('name')?.[0] ?? moduleNameOf(path) ?? path, fields);
    }
  } catch (cause) {
    throw new RootlessBakeError('RB_MODULE_INVALID', `${path} is not a kernel module`, {
      hint: 'the file is damaged, or compressed in a way that is not known',
      cause,
    });
  }
  throw new RootlessBakeError('RB_MODULE_INVALID', `${path} is not a kernel module: no .modinfo section`);
}
