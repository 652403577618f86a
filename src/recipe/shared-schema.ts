/** The values that several parts of the schema share. */
import * as z from '../vendor/zod.ts';
import { checked } from './checked.ts';
import * as values from './values.ts';

export const path: z.ZodString = z.string().min(1, { error: 'must not be empty' });
export const mode: z.ZodType<string, string> = checked(values.mode).describe(
  'Octal digits in quotes: "0644".',
);
export const owner: z.ZodType<string, string> = checked(values.owner).describe(
  'uid:gid in numbers, such as "0:0"; or keep.',
);
export const sha256: z.ZodType<string, string> = checked(values.sha256);
export const guestPath: z.ZodType<string, string> = checked(values.guestPath);
export const deb: z.ZodType<string, string> = checked(values.debPackage);
