import type * as z from '../vendor/zod.ts';
import type { KeyPath } from './document.ts';

/** The keys that a schema knows at a path, over all branches of its unions, in their order. */
export function schemaKeys(schema: z.ZodType, path: KeyPath): string[] {
  let nodes = unwrap(schema);
  for (const key of path) {
    nodes = nodes.flatMap((node) => {
      if (typeof key === 'number')
        return node.def.type === 'array' ? unwrap((node as z.ZodArray).def.element) : [];
      const child = node.def.type === 'object' ? (node as z.ZodObject).def.shape[key] : undefined;
      return child ? unwrap(child) : [];
    });
  }
  const objects = nodes.filter((node): node is z.ZodObject => node.def.type === 'object');
  return [...new Set(objects.flatMap((node) => Object.keys(node.def.shape)))];
}

/** The schemas under optional, union and transform. */
function unwrap(schema: z.core.$ZodType): z.ZodType[] {
  const node = schema as z.ZodType;
  switch (node.def.type) {
    case 'optional':
      return unwrap((node as z.ZodOptional).def.innerType);
    case 'pipe':
      return unwrap((node as z.ZodPipe).def.in);
    case 'union':
      return (node as z.ZodUnion).def.options.flatMap(unwrap);
    default:
      return [node];
  }
}
