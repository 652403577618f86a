/** What compile_et does: the C files of a com_err error table (an `.et` file). */
import { BuildError } from './errors.ts';

interface ErrorTable {
  name: string;
  /** Number of the first code. */
  base: number;
  errors: { name: string; message: string }[];
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';

/** com_err's table number: six bits a character of the name, then eight bits for the codes; 32 bits, signed. */
function baseOf(name: string): number {
  let base = 0n;
  for (const character of name) base = base * 64n + BigInt(alphabet.indexOf(character) + 1);
  return Number(BigInt.asIntN(32, base * 256n));
}

function parse(text: string): ErrorTable {
  const lines = text.replace(/^#.*$/gm, '').replace(/\\\n/g, '');
  const name = /^\s*error_table\s+(\w+)/m.exec(lines)?.[1];
  if (!name) throw new BuildError('an error table has no name');
  const entries = lines.matchAll(/^\s*(?:error_code|ec)\s+(\w+)\s*,\s*("(?:[^"\\]|\\.)*")/gm);
  return {
    name,
    base: baseOf(name),
    errors: [...entries].map(([, code, message]) => ({ name: code!, message: message! })),
  };
}

/** The header (codes) and the source (messages, registration) of an error table. */
export function compileErrorTable(text: string): { header: string; source: string } {
  const { name, base, errors } = parse(text);
  const header = `#include <et/com_err.h>
${errors.map((error, index) => `#define ${error.name} (${base + index}L)\n`).join('')}
extern const struct error_table et_${name}_error_table;
extern void initialize_${name}_error_table(void);
extern void initialize_${name}_error_table_r(struct et_list **list);
#define ERROR_TABLE_BASE_${name} (${base}L)
`;
  const source = `#include <stdlib.h>
struct error_table { char const *const *msgs; long base; int n_msgs; };
struct et_list { struct et_list *next; const struct error_table *table; };
extern struct et_list *_et_list;
static const char *const text[] = {
${errors.map((error) => `${error.message},\n`).join('')}0 };
const struct error_table et_${name}_error_table = { text, ${base}L, ${errors.length} };
void initialize_${name}_error_table_r(struct et_list **list)
{
	struct et_list *entry;
	for (; *list; list = &(*list)->next)
		if ((*list)->table->msgs == text)
			return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->table = &et_${name}_error_table;
	*list = entry;
}
void initialize_${name}_error_table(void)
{
	initialize_${name}_error_table_r(&_et_list);
}
`;
  return { header, source };
}

/** An array of the codes' names, for c/errors.c. */
export function namesOfErrors(prefix: string, text: string): string {
  const { errors } = parse(text);
  return `const char *const ${prefix}_error_names[] = {
${errors.map((error) => `"${error.name}",\n`).join('')}};
const int ${prefix}_error_name_count = ${errors.length};
`;
}
