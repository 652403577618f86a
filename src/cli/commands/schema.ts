import { cakeJsonSchema } from '../../recipe/schema.ts';
import type { CommandResult } from '../command.ts';

/** Prints the JSON Schema of recipes, for editors. */
export function schemaCommand(): CommandResult {
  const schema = cakeJsonSchema();
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  return { text, brief: text, json: { schema } };
}
