/** What recipes are read with; in the package, `.ci/bundle.mjs` puts the code itself in the place of these names. */
export type { Document, Node, Pair } from 'yaml';
export { isAlias, isMap, isScalar, isSeq, LineCounter, parse, parseDocument, stringify } from 'yaml';
