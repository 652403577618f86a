/** What recipes are checked with; in the package, `.ci/bundle.mjs` puts the code itself in the place of these names. */
export type * from 'zod';
export {
  array,
  boolean,
  custom,
  enum,
  literal,
  NEVER,
  number,
  strictObject,
  string,
  toJSONSchema,
  union,
} from 'zod';
