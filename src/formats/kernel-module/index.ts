/** Linux kernel modules: what they say about themselves, and the order of insertion. */
export { aliasMatcher } from './alias.ts';
export { builtinModinfoNames, parseModulesBuiltin, parseModulesBuiltinModinfo } from './builtin.ts';
export { type InsertionOrder, type InsertionStep, insertionOrder } from './insertion-order.ts';
export { type ModuleInfo, readModuleInfo } from './modinfo.ts';
export { type ModuleIndex, type ModuleIndexOptions, moduleIndex } from './module-index.ts';
export { moduleNameOf, normalizeAlias } from './name.ts';
