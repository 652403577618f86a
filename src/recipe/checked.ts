import { RootlessBakeError } from '../errors.ts';
import * as z from '../vendor/zod.ts';

/** A text with what a check makes of it; what the check throws becomes an issue. */
export function checked<T>(check: (value: string) => T): z.ZodType<T, string> {
  return z.string().transform((value, context) => run(value, context, check));
}

/** As {@link checked}, for what no message may show: logs are read by others than recipes. */
export function checkedSecret<T>(check: (value: string) => T): z.ZodType<T, string> {
  return z.string().transform((value, context) => run(value, context, check, { isSecret: true }));
}

/** A text or a number, which YAML tells apart and people need not. */
export function checkedNumber<T>(check: (value: string | number) => T): z.ZodType<T, string | number> {
  return z
    .union([z.string(), z.number()], { error: 'must be text or a number' })
    .transform((value, context) => run(value, context, check));
}

/**
 * What the check makes of a value; its error of ours becomes an issue, with code and hint in the params.
 *
 * @throws never
 */
export function run<V extends string | number, T>(
  value: V,
  context: z.RefinementCtx,
  check: (value: V) => T,
  about: { readonly isSecret?: boolean } = {},
): T | typeof z.NEVER {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof RootlessBakeError)) throw error;
    context.issues.push(issueOf(error, value, [], about));
    return z.NEVER;
  }
}

/** An error of ours as an issue of zod, at a path below the value at hand. */
export function issueOf(
  { code, message, hint }: RootlessBakeError,
  input: unknown,
  path: PropertyKey[],
  about: { readonly isSecret?: boolean } = {},
): z.core.$ZodRawIssue {
  return { code: 'custom', message, input, path, params: { code, hint, ...about } };
}
