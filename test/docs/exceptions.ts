/** Where the documents' test cannot do what the documents say. The shorter, the better. */
import { blocksOf, fileNameOf } from '../support/document.ts';
import { readDocument } from '../support/documents.ts';

export interface Unrun {
  /** What a block or a command begins with. */
  readonly start: string;
  readonly why: string;
}

export const NOT_RUN: readonly Unrun[] = [
  { start: 'npm start', why: 'it installs a fresh clone, which .ci/run does as an ordinary user' },
  { start: 'npm run bench', why: 'it takes an hour; bench/ is run by people' },
  { start: 'ssh -p', why: 'it needs a terminal and a key; test/boot logs in to machines by ssh' },
];

export interface Endless {
  readonly is: RegExp;
  /** What it has to print; then it is ended. */
  readonly until: RegExp;
}

/** Machines on a terminal, which run until somebody ends them. */
export const ENDLESS: readonly Endless[] = [
  { is: /^(?:npx )?rootless-bake boot (?!.*--expect)/, until: /login:/ },
  { is: /^qemu-system-x86_64 /, until: /login:|LABEL="hello"/ },
];

/** The first recipe of the README: what `cake.yaml` is in documents that write none of their own. */
const cake = blocksOf(readDocument('README.md')).find((block) => fileNameOf(block) === 'cake.yaml')!.text;

/** Files that the commands of a document find, by its name; `*`: of all. */
export const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': { 'cake.yaml': cake, 'files/etc/motd': 'Welcome.\n' },
  'docs/errors.md': {
    'cake.yaml': 'name: alpine\ncook:\n  base: { alpine: "3.19" }\n  pakages: [openrc]\n',
  },
};
