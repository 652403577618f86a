/** Debian's repositories and packages: control data, versions, relations, Release and Packages files. */
export { IndexedPackage, type MultiArch } from './indexed-package.ts';
export { PackageIndex } from './package-index.ts';
export {
  type Clause,
  formatClause,
  formatRelation,
  isAllowed,
  type Operator,
  parseClauses,
  parseRelations,
  type Relation,
} from './relation.ts';
export { parseRelease, type Release, type ReleaseEntry } from './release.ts';
export { compareVersions } from './version.ts';
