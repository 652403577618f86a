import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ApkPackage, inflateData, type TarFile, tarFiles } from '../../formats/apk/index.ts';
import { type Host, throwIfAborted } from '../../host.ts';
import type { PlannedInstall } from '../../sources/alpine/index.ts';
import type { ContentSink } from '../../tree/content.ts';
import { HeldContent } from './held-content.ts';

/** Bytes that may be decompressed and wait for their turn. */
const AHEAD = 64 << 20;

/** A package on its way into the root. */
export interface UnpackedPackage {
  readonly found: ApkPackage;
  /** Undefined for a package without files. */
  readonly data: PackageData | undefined;
}

/** The data of a package. */
export interface PackageData {
  readonly items: readonly TarFile[];
  /** The tar that they are in, where it can be read from later. */
  readonly stored: HeldContent;
}

interface Pending {
  readonly install: PlannedInstall;
  /** Undefined for a package without files. */
  readonly tar: Promise<Buffer | undefined>;
  readonly found: ApkPackage;
  unpacked: Promise<UnpackedPackage> | undefined;
}

/**
 * Unpacks the packages of a plan ahead of their turn. Threads decompress from the beginning; what is left to this
 * thread is done at a package's turn, or while scripts run.
 */
export class UnpackAhead {
  readonly #installs: PlannedInstall[];
  readonly #sink: ContentSink;
  readonly #host: Host;
  /** In the order of their turns. */
  readonly #pending: Pending[] = [];
  #waiting = 0;
  /** Of packages that were taken. */
  #held: HeldContent[] = [];

  /** @param sink takes the data of the packages */
  constructor(installs: readonly PlannedInstall[], sink: ContentSink, host: Host) {
    this.#installs = [...installs];
    this.#sink = sink;
    this.#host = host;
    this.#fill();
  }

  /**
   * Gives the next package; they come in their order.
   *
   * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED, RB_LIMIT_EXCEEDED
   */
  async take(): Promise<UnpackedPackage> {
    const next = this.#pending.shift()!;
    const result = await this.#unpack(next);
    this.#waiting -= next.install.file.info.installedSize;
    this.#fill();
    if (result.data) this.#hold(result.data.stored);
    return result;
  }

  /** The packages that were taken are where scripts see them: they need not be held in memory any more. */
  release(): void {
    for (const content of this.#held) content.release();
    this.#held = [];
  }

  #hold(content: HeldContent): void {
    const held = this.#held.reduce((sum, { size }) => sum + size, content.size);
    if (held > AHEAD) this.release();
    this.#held.push(content);
  }

  /** Waits for something else, and unpacks meanwhile. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (const next of [...this.#pending]) {
      await Promise.race([next.tar.catch(() => {}), work.catch(() => {})]);
      await nextTurn();
      if (isDone) break;
      // Its failure is met when its turn comes.
      await this.#unpack(next).catch(() => {});
    }
    return await work;
  }

  /** At least one, and as many more as there is room for. */
  #fill(): void {
    for (let [install] = this.#installs; install; [install] = this.#installs) {
      const { installedSize } = install.file.info;
      if (this.#pending.length > 0 && this.#waiting + installedSize > AHEAD) return;
      this.#installs.shift();
      this.#waiting += installedSize;
      const found = install.file.open();
      const tar = installedSize === 0 ? Promise.resolve(undefined) : inflateData(found, titleOf(install));
      tar.catch(() => {});
      this.#pending.push({ install, found, tar, unpacked: undefined });
    }
  }

  #unpack(pending: Pending): Promise<UnpackedPackage> {
    pending.unpacked ??= this.#unpackNow(pending);
    return pending.unpacked;
  }

  async #unpackNow({ install, found, tar: inflated }: Pending): Promise<UnpackedPackage> {
    const tar = await inflated;
    throwIfAborted(this.#host.signal);
    if (!tar) return { found, data: undefined };
    const items = [...tarFiles(tar, `package ${titleOf(install)}`)];
    return { found, data: { items, stored: new HeldContent(await this.#sink.put([tar]), tar) } };
  }
}

function titleOf({ name, version }: PlannedInstall): string {
  return `${name}-${version}`;
}
