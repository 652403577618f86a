import { type ErrorExplanation, explainAll } from '../../src/error-help/explain.ts';
import { EXIT_CODES } from '../../src/error-help/index.ts';
import type { ExitCode } from '../../src/errors.ts';

const HEAD = `# Errors

<!-- Made of src/error-help/ by test/errors/page.test.ts: npx vitest run test/errors -u writes it. -->

An error has a stable code, a message that says what and where, and one hint. The code leads to the exit code of the
command line. \`rootless-bake explain CODE\` prints what is written here, \`--debug\` the stacks of the error and its causes.

\`\`\`console
$ rootless-bake check cake.yaml
error[RB_RECIPE_UNKNOWN_KEY]: cake.yaml:4:3: unknown key "pakages" in cook
  4 |   pakages: [openrc]
    |   ^
hint: did you mean "packages"?
\`\`\`

With \`--json\` the one object on stdout has the same: \`version\` and \`error\` with \`code\`, \`message\`, \`hint\`, \`exitCode\` and,
for recipes, \`where\` (\`file\`, \`line\`, \`column\`). In the library every error is a \`RootlessBakeError\` with \`code\`, \`hint\`,
\`where\`, \`key\` (\`cook.contents[2].file\`) and \`exitCode\`: match \`code\`, not the class. Codes are never renamed.
`;

/** docs/errors.md */
export function errorsPage(): string {
  const errors = explainAll();
  const exitCodes = [...new Set(errors.map(({ exitCode }) => exitCode))];
  const of = (exitCode: ExitCode): ErrorExplanation[] =>
    errors.filter((error) => error.exitCode === exitCode);
  return [
    HEAD,
    '| exit code | means | error codes |\n|---|---|---|',
    ...exitCodes.map(
      (exitCode) => `| ${exitCode} | ${EXIT_CODES[exitCode]} | ${of(exitCode).map(link).join(' ')} |`,
    ),
    '',
    ...exitCodes.flatMap((exitCode) => [
      `## Exit code ${exitCode}: ${EXIT_CODES[exitCode]}\n`,
      ...of(exitCode).map(section),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function link({ code }: ErrorExplanation): string {
  return `[${code}](#${code.toLowerCase()})`;
}

function section({ code, title, means, todo }: ErrorExplanation): string {
  return `### ${code}\n\n**${title[0]!.toUpperCase()}${title.slice(1)}.** ${means}\n\n${todo}\n`;
}
