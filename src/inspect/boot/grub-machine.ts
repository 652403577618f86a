import type { GrubMachine, SearchBy } from '../../formats/grub/index.ts';
import { sortedNames } from '../../tree/tree.ts';
import { fileAt, hasUnread, textAt, type Volume, type Volumes } from './volumes.ts';

/** The image as GRUB sees it: the first disk of the machine, with the file systems that are read here. */
export class ImageMachine implements GrubMachine {
  readonly platform?: 'pc' | 'efi';
  readonly device: string;
  readonly folder: string;
  /** What had to be assumed. */
  readonly assumptions: Set<string> = new Set();
  readonly #volumes: Volumes;

  /** @param folder of the configuration on its volume */
  constructor(volume: Volume, folder: string, volumes: Volumes) {
    this.#volumes = volumes;
    this.folder = folder;
    this.device = deviceOf(volume, volumes);
    const platform = platformOf(volumes);
    if (platform) this.platform = platform;
  }

  resolve(device: string): string | undefined {
    const [, number] = /^hd0(?:,(?:gpt|msdos)?([1-9]\d*))?$/.exec(device) ?? [];
    if (!this.#hasNames()) return /^hd0(?:,|$)/.test(device) ? this.device : undefined;
    const found = this.#volumes.all.find(
      ({ partition }) => `${partition?.number ?? ''}` === (number ?? '') && device.startsWith('hd0'),
    );
    return found && deviceOf(found, this.#volumes);
  }

  lookUp(device: string, path: string): { type: string; size: number } | undefined {
    const entry = this.volume(device)?.tree.resolve(path)?.entry;
    return entry && { type: entry.type, size: entry.type === 'file' ? entry.content.size : 0 };
  }

  read(device: string, path: string): string | undefined {
    const volume = this.volume(device);
    return volume && textAt(volume.tree, path);
  }

  list(device: string, folder: string): readonly string[] {
    const entry = this.volume(device)?.tree.resolve(folder)?.entry;
    return entry?.type === 'directory' ? sortedNames(entry) : [];
  }

  search(by: SearchBy, name: string): { device: string } | { why: string } {
    const { all } = this.#volumes;
    if (!this.#hasNames()) {
      this.assumptions.add('an archive has no UUID: what the script searches for is taken to be in it');
      return { device: this.device };
    }
    const found = all.filter(({ superblock, tree }) => {
      if (by === 'file') return fileAt(tree, name) !== undefined;
      return by === 'label' ? superblock?.label === name : superblock?.uuid === name.toLowerCase();
    });
    const what = by === 'fs-uuid' ? `the UUID ${name}` : by === 'label' ? `the label ${name}` : name;
    if (found.length === 0) return { why: `no file system that is read here has ${what}` };
    // By a file, the order of the disks and what is not read here count.
    if (by === 'file' && (found.length > 1 || hasUnread(this.#volumes))) {
      return { why: `other file systems may have ${what} as well` };
    }
    return { device: deviceOf(found[0]!, this.#volumes) };
  }

  /** The one that {@link resolve} has named. */
  volume(device: string): Volume | undefined {
    return this.#volumes.all.find((volume) => deviceOf(volume, this.#volumes) === device);
  }

  #hasNames(): boolean {
    return this.#volumes.all.some(({ superblock }) => superblock);
  }
}

function deviceOf({ partition }: Volume, { partitionTable }: Volumes): string {
  if (!partition) return 'hd0';
  return `hd0,${partitionTable?.type === 'gpt' ? 'gpt' : 'msdos'}${partition.number}`;
}

/** A disk that can do both is taken for what its boot code is. */
function platformOf({ partitionTable }: Volumes): 'pc' | 'efi' | undefined {
  if (!partitionTable) return undefined;
  if (partitionTable.bootCode.name === 'grub') return 'pc';
  return partitionTable.partitions.some(isEfiSystem) ? 'efi' : undefined;
}

/** Whether EFI firmware looks for boot loaders there. */
export function isEfiSystem({ type }: { readonly type: string }): boolean {
  return type === 'ef' || type === 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
}

/** Whether boot loaders look there for entries: XBOOTLDR, of the Boot Loader Specification. */
export function isExtendedBoot({ type }: { readonly type: string }): boolean {
  return type === 'ea' || type === 'BC13C2FF-59E6-4262-A352-B275FD6F7172';
}
