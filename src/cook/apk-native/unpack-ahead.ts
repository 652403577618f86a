import { type ApkPackage, inflateData, type TarFile, tarFiles } from '../../formats/apk/index.ts';
import { type Host, throwIfAborted } from '../../host.ts';
import type { PlannedInstall } from '../../sources/alpine/index.ts';
import type { Content, ContentSink } from '../../tree/content.ts';

/** Bytes that may be unpacked and wait for their turn. */
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
  readonly stored: Content;
}

/** Unpacks the packages of a plan ahead of their turn, at once: while scripts run there is time for it. */
export class UnpackAhead {
  readonly #pending: PlannedInstall[];
  readonly #sink: ContentSink;
  readonly #host: Host;
  readonly #unpacked = new Map<PlannedInstall, Promise<UnpackedPackage>>();
  #waiting = 0;

  /** @param sink takes the data of the packages */
  constructor(installs: readonly PlannedInstall[], sink: ContentSink, host: Host) {
    this.#pending = [...installs];
    this.#sink = sink;
    this.#host = host;
    this.#fill();
  }

  /**
   * Gives the next package, in their order.
   *
   * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED, RB_LIMIT_EXCEEDED
   */
  async take(install: PlannedInstall): Promise<UnpackedPackage> {
    const unpacked = this.#unpacked.get(install)!;
    this.#unpacked.delete(install);
    const result = await unpacked;
    this.#waiting -= install.file.info.installedSize;
    this.#fill();
    return result;
  }

  /** At least one, and as many more as there is room for. */
  #fill(): void {
    for (let [next] = this.#pending; next; [next] = this.#pending) {
      const { installedSize } = next.file.info;
      if (this.#unpacked.size > 0 && this.#waiting + installedSize > AHEAD) return;
      this.#pending.shift();
      this.#waiting += installedSize;
      const unpacked = this.#unpack(next);
      // Its failure is met when its turn comes.
      unpacked.catch(() => {});
      this.#unpacked.set(next, unpacked);
    }
  }

  async #unpack({ name, version, file }: PlannedInstall): Promise<UnpackedPackage> {
    throwIfAborted(this.#host.signal);
    const found = file.open();
    if (file.info.installedSize === 0) return { found, data: undefined };
    const what = `${name}-${version}`;
    const tar = await inflateData(found, what);
    throwIfAborted(this.#host.signal);
    const items = [...tarFiles(tar, `package ${what}`)];
    return { found, data: { items, stored: await this.#sink.put([tar]) } };
  }
}
