/** Packages of Alpine Linux: repositories, their indexes, and apk's choice of what is to be installed. */
export { alpineKeys } from './alpine-keys.ts';
export type { Change } from './changes.ts';
export { bucketOf } from './name-order.ts';
export {
  type AlpineInput,
  type AlpineRepository,
  type FetchDocument,
  fetchPackage,
  loadRepositories,
  type PackageCache,
  type RepositoryOptions,
} from './repository.ts';
export { type Resolution, resolve } from './resolve.ts';
export { type Package, recordFields, Universe } from './universe.ts';
