/** Packages and indexes of apk-tools 2: apk-package(5), apk-world(5). */

export {
  formatInstalled,
  type InstalledAccess,
  type InstalledDirectory,
  type InstalledFile,
  type InstalledPackage,
  parseInstalled,
} from './database.ts';
export {
  type Dependency,
  formatDependency,
  isMet,
  type Provided,
  parseDependencies,
  parseDependency,
  requireDependency,
} from './dependency.ts';
export { readIndexFile, writeIndexFile } from './index-file.ts';
export { type IndexedPackage, indexRecord } from './index-record.ts';
export {
  type ApkPackage,
  inflateData,
  type ReadPackageOptions,
  readPackageFile,
  SCRIPT_TYPES,
  type ScriptType,
} from './package-file.ts';
export type { PackageInfo } from './package-info.ts';
export { globToRegExp, ProtectedPaths, type Protection } from './protected-paths.ts';
export { type InstalledScript, readScripts, writeScripts } from './scripts-tar.ts';
export type { ApkKeys } from './signature.ts';
export { type TarFile, tarFiles } from './tar-files.ts';
export { compareVersions, isVersion } from './version.ts';
