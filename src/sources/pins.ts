import { relative, sep } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import { canonicalJson } from '../store/canonical.ts';

/** One file that a pinned input consists of. */
export interface PinnedFile {
  /** Where it came from, without credentials; a path is relative to the recipe's folder, with slashes. */
  readonly url: string;
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** What a recipe asks of one source. */
export interface PinRequest {
  /** The source: `apk`, `deb`, `debian`, `nix`, `oci`, `tar`. */
  readonly kind: string;
  /** What people call it, as in `lock --update NAME`: a package, an image. */
  readonly name: string;
  /** All that the answer depends on, as JSON; host paths are relative to the recipe. */
  readonly key: unknown;
  /**
   * True when nothing that changes elsewhere can change the answer: the key holds a digest, or it hangs only on
   * files of this machine. What is not fixed is looked up again by every run without a lock.
   */
  readonly isFixed?: boolean;
}

/** What a request came to. */
export interface Resolved<T> {
  /** JSON that the source itself reads back; never credentials, never absolute paths. */
  readonly value: T;
  /** Everything that is fetched for it, in a steady order. */
  readonly files: readonly PinnedFile[];
  /** Versions for people: package names to versions. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A request with its answer: one entry of a lock. */
export interface Pin extends PinRequest, Resolved<unknown> {}

export interface PinsOptions {
  /** What is known already: the entries of a lock. */
  readonly known?: readonly Pin[];
  /** The recipe's folder: paths are relative to it. Default: the process's. */
  readonly folder?: string;
  /** Called for a request that is not known, before it is resolved; may throw, as `--locked` does. */
  readonly onUnknown?: (request: PinRequest) => void;
}

/**
 * What inputs are pinned to. Every source asks here before it asks the world: what a lock knows is taken as it
 * is, what it does not know is looked up once and remembered for the lock to be written.
 */
export class Pins {
  readonly #known: ReadonlyMap<string, Pin>;
  readonly #used = new Map<string, Promise<Pin>>();
  readonly #folder: string;
  readonly #onUnknown: (request: PinRequest) => void;

  constructor({ known = [], folder = '.', onUnknown = () => {} }: PinsOptions = {}) {
    this.#known = new Map(known.map((pin) => [identity(pin), pin]));
    this.#folder = folder;
    this.#onUnknown = onUnknown;
  }

  /** Whether a request will be answered without asking the world. */
  knows(request: PinRequest): boolean {
    return this.#known.has(identity(request));
  }

  /**
   * What the lock answers a request, without asking the world.
   *
   * @throws what `onUnknown` throws when it knows nothing
   */
  known(request: PinRequest): Pin | undefined {
    const pin = this.#known.get(identity(request));
    if (!pin) this.#onUnknown(request);
    return pin;
  }

  /**
   * The same for a request whose key is not known as a whole.
   *
   * @param fits tells by its key whether an entry of this kind may be the answer
   */
  knownAs(request: PinRequest, fits: (key: unknown) => boolean): Pin | undefined {
    const pin = [...this.#known.values()].find(({ kind, key }) => kind === request.kind && fits(key));
    if (!pin) this.#onUnknown(request);
    return pin;
  }

  /**
   * The answer to a request: that of the lock, else what `find` looks up, once for all who ask the same.
   *
   * @throws what `onUnknown` and `find` throw
   */
  async resolve<T>(request: PinRequest, find: () => Promise<Resolved<T>>): Promise<Resolved<T>> {
    const id = identity(request);
    const before = this.#used.get(id);
    if (before) return (await before) as Pin & Resolved<T>;
    const pin = this.#answer(request, id, find);
    pin.catch(() => {});
    this.#used.set(id, pin);
    return (await pin) as Pin & Resolved<T>;
  }

  /**
   * Takes over the pins of an earlier run, whose result is to stand for this one's.
   *
   * @returns false when one of them might have another answer now; nothing is taken over then
   * @throws what `onUnknown` throws
   */
  adopt(pins: readonly Pin[], isFixed: (pin: Pin) => boolean = (pin) => pin.isFixed ?? false): boolean {
    for (const pin of pins) {
      const known = this.#known.get(identity(pin));
      if (known ? canonicalJson(known.value) !== canonicalJson(pin.value) : !isFixed(pin)) return false;
    }
    for (const pin of pins) {
      if (!this.knows(pin)) this.#onUnknown(pin);
      this.#used.set(identity(pin), Promise.resolve(this.#known.get(identity(pin)) ?? pin));
    }
    return true;
  }

  /** Entries of the lock that nobody has asked for. */
  unused(): Pin[] {
    return [...this.#known].filter(([id]) => !this.#used.has(id)).map(([, pin]) => pin);
  }

  /** All pins of this run, those of the lock included, sorted by kind and name. */
  async used(): Promise<Pin[]> {
    const pins = await Promise.all(this.#used.values());
    return pins.sort((a, b) => compare(orderOf(a), orderOf(b)));
  }

  /** A host path as keys and files have it: relative to the recipe's folder, with slashes. */
  place(path: string): string {
    return relative(this.#folder, path).split(sep).join('/') || '.';
  }

  async #answer<T>(request: PinRequest, id: string, find: () => Promise<Resolved<T>>): Promise<Pin> {
    const known = this.#known.get(id);
    if (known) return known;
    this.#onUnknown(request);
    const { kind, name, key, isFixed = false } = request;
    return { kind, name, key, isFixed, ...(await find()) };
  }
}

/** Whether a value out of a lock is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For what a source finds in a lock that it has not written. */
export function damagedPin({ kind, name }: Pick<PinRequest, 'kind' | 'name'>): RootlessBakeError {
  return new RootlessBakeError('RB_LOCK_INVALID', `the lock's entry ${kind} ${name} is damaged`, {
    hint: `look it up anew: lock --update ${name}`,
  });
}

/** Whether two requests ask the same. */
export function isSameRequest(one: PinRequest, other: PinRequest): boolean {
  return identity(one) === identity(other);
}

function identity({ kind, key }: Pick<PinRequest, 'kind' | 'key'>): string {
  return `${kind} ${canonicalJson(key)}`;
}

function orderOf(pin: Pin): string {
  return `${pin.kind} ${pin.name} ${canonicalJson(pin.key)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
