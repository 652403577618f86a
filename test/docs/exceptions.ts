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
];

export interface Amendment {
  readonly is: RegExp;
  /** As `String.replace` takes it. */
  readonly becomes: string;
  readonly why: string;
}

export const AMENDMENTS: readonly Amendment[] = [
  {
    is: /(rootless-bake boot \S+)$/,
    becomes: '$1 --snapshot --expect login: --timeout 300',
    why: 'without --expect a machine runs until somebody ends it',
  },
  {
    is: /^(qemu-system-x86_64 [\s\S]*)$/,
    becomes: '(timeout 15 $1 </dev/null || [ $? = 124 ]) | grep -a -m 1 -e SYSLINUX -e "Linux version"',
    why: 'QEMU alone runs until somebody ends it',
  },
];

/** The first recipe of the README: what `cake.yaml` is in documents that write none of their own. */
const cake = blocksOf(readDocument('README.md')).find((block) => fileNameOf(block) === 'cake.yaml')!.text;

/** Files that the commands of a document find, by its name; `*`: of all. */
export const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': { 'cake.yaml': cake, 'files/etc/motd': 'Welcome.\n' },
};
