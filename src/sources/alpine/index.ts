/** Packages of Alpine Linux: repositories, their indexes, apk's choice of what is to be installed, and plans of it. */
export { alpineKeys } from './alpine-keys.ts';
export type { Change } from './changes.ts';
export { readKeyFiles } from './key-files.ts';
export { bucketOf } from './name-order.ts';
export { type PackageFile, PackageFiles } from './package-files.ts';
export {
  type ApkPlan,
  type ChosenPackage,
  type PinnedPlan,
  type PlannedChange,
  type PlannedInstall,
  pinnedLines,
  pinnedPlan,
  pinPlan,
  planInstalls,
  planOf,
} from './plan.ts';
export {
  type AlpineRepository,
  INDEX_FILE,
  loadRepositories,
  parseRepositories,
  placeIn,
  type RepositoryLine,
  type RepositoryOptions,
} from './repository.ts';
export { type Resolution, resolve } from './resolve.ts';
export {
  type ApkSource,
  apkPackageRequest,
  readApkPackage,
  type SinglePackage,
} from './single-package.ts';
export { type Package, recordFields, Universe } from './universe.ts';
