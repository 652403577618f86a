import { addField, type ModuleInfo, moduleInfo } from './modinfo.ts';
import { moduleNameOf, normalizeModuleName } from './name.ts';

/**
 * Names of the modules built into a kernel, from its `modules.builtin`: one path a line, such as
 * `kernel/fs/ext4/ext4.ko` (Documentation/kbuild/kbuild.rst).
 */
export function parseModulesBuiltin(text: string): Set<string> {
  const names = text.split('\n').map((line) => moduleNameOf(line.trim()));
  return new Set(names.filter((name) => name !== undefined));
}

/**
 * What built-in modules say about themselves, from `modules.builtin.modinfo`: NUL-terminated strings
 * `module.key=value`.
 *
 * @returns by module name
 */
export function parseModulesBuiltinModinfo(bytes: Uint8Array): Map<string, ModuleInfo> {
  const modules = new Map<string, Map<string, string[]>>();
  for (const text of Buffer.from(bytes).toString('utf8').split('\0')) {
    const match = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text);
    if (match === null) continue;
    const [, module = '', key = '', value = ''] = match;
    const name = normalizeModuleName(module);
    const fields = modules.get(name) ?? new Map<string, string[]>();
    modules.set(name, fields);
    addField(fields, key, value);
  }
  return new Map([...modules].map(([name, fields]) => [name, moduleInfo(name, fields)]));
}
