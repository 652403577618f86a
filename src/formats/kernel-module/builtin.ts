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

/** Names of the modules that `modules.builtin.modinfo` speaks of: far quicker than {@link parseModulesBuiltinModinfo}. */
export function builtinModinfoNames(bytes: Uint8Array): Set<string> {
  const text = Buffer.from(bytes).toString('latin1');
  const names = new Set<string>();
  let before = '';
  for (let at = 0; at < text.length; ) {
    const nul = text.indexOf('\0', at);
    const end = nul < 0 ? text.length : nul;
    const dot = text.indexOf('.', at);
    const equals = text.indexOf('=', at);
    const module = text.slice(at, Math.min(dot, end));
    const isField = dot > at && dot + 1 < equals && equals < end;
    // Fields of one module follow each other.
    if (isField && module !== before) {
      names.add(normalizeModuleName(module));
      before = module;
    }
    at = end + 1;
  }
  return names;
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
