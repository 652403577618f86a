import { RootlessBakeError } from '../../errors.ts';
import type { ControlFields } from '../deb/control.ts';
import { type Clause, parseClauses, parseRelations, type Relation } from './relation.ts';

/** What a signed index says cannot be put right by the user. */
const HINT = 'the repository is made wrong: name another mirror';

export type MultiArch = 'no' | 'same' | 'foreign' | 'allowed';

/** What a `Packages` file says of one package. Its fields are parsed when they are asked for. */
export class IndexedPackage {
  readonly fields: ControlFields;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  #depends: readonly Clause[] | undefined;
  #provides: readonly Relation[] | undefined;

  /** @throws RB_ARCHIVE_DAMAGED when the stanza has no version */
  constructor(fields: ControlFields) {
    this.fields = fields;
    this.name = fields.get('Package') ?? '';
    this.version = fields.get('Version') ?? '';
    this.architecture = fields.get('Architecture') ?? '';
    if (!this.version) {
      throw new RootlessBakeError(
        'RB_ARCHIVE_DAMAGED',
        `the package index has ${this.name} without a version`,
        { hint: HINT },
      );
    }
  }

  /** `NAME-VERSION`, as results and errors name it. */
  get title(): string {
    return `${this.name}-${this.version}`;
  }

  /** What must be there: `Pre-Depends`, then `Depends`. */
  get depends(): readonly Clause[] {
    this.#depends ??= [...this.#clauses('Pre-Depends'), ...this.#clauses('Depends')];
    return this.#depends;
  }

  get provides(): readonly Relation[] {
    this.#provides ??= this.#relations('Provides');
    return this.#provides;
  }

  /** What must not be there: `Conflicts` and `Breaks`. */
  get conflicts(): readonly Relation[] {
    return [...this.#relations('Conflicts'), ...this.#relations('Breaks')];
  }

  get multiArch(): MultiArch {
    return (this.fields.get('Multi-Arch') ?? 'no') as MultiArch;
  }

  get isEssential(): boolean {
    return this.fields.get('Essential') === 'yes';
  }

  /** Of the `.deb`: its path from the root of the repository, its size in bytes and its sha256 in hex. */
  get file(): { readonly path: string; readonly size: number; readonly sha256: string } {
    const [path = '', size = '', sha256 = ''] = ['Filename', 'Size', 'SHA256'].map((name) =>
      this.fields.get(name),
    );
    if (/^[0-9a-f]{64}$/.test(sha256) && /^\d{1,15}$/.test(size) && isPlain(path)) {
      return { path, size: Number(size), sha256 };
    }
    throw new RootlessBakeError('RB_ARCHIVE_DAMAGED', `the package index names no file of ${this.title}`, {
      hint: HINT,
    });
  }

  #clauses(name: string): Clause[] {
    return parseClauses(this.fields.get(name) ?? '');
  }

  #relations(name: string): Relation[] {
    return parseRelations(this.fields.get(name) ?? '');
  }
}

/** Whether a path stays below where it starts. */
function isPlain(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !/[\s?#\\]/.test(path);
}
