import { loaderDefault, matchesPattern, parseBlsEntry, sortBls } from '../../formats/bls/index.ts';
import { type GrubFile, readGrubMenu } from '../../formats/grub/index.ts';
import { parseSyslinuxConfig } from '../../formats/syslinux/index.ts';
import { sortedNames, type Tree } from '../../tree/tree.ts';
import type { BootConfig, BootEntry, BootFile, BootLoader } from './facts.ts';
import { ImageMachine, isEfiSystem } from './grub-machine.ts';
import { rootOfOptions } from './root-device.ts';
import { fileAt, textAt, type Volume, type Volumes } from './volumes.ts';

/** Where SYSLINUX and EXTLINUX look for their configuration, and where distributions put it. */
const SYSLINUX = ['/boot', '/boot/syslinux', '/boot/extlinux', '/syslinux', '/extlinux', ''].flatMap(
  (folder) => [`${folder}/syslinux.cfg`, `${folder}/extlinux.conf`],
);
/** On the root, and on a file system of its own for /boot. */
const GRUB = ['/boot/grub', '/boot/grub2', '/grub', '/grub2'].map((folder) => `${folder}/grub.cfg`);
const BLS = ['/boot/loader/entries', '/loader/entries'];
/** Entries beyond these are none of a menu, and initrds none of an entry. */
const MAXIMUM_ENTRIES = 256;
const MAXIMUM_INITRDS = 32;

type Found = Readonly<Record<BootLoader, string | undefined>>;

/** The configuration that boots from a volume, as far as the image tells which one that is. */
export function findBootConfig(volume: Volume, volumes: Volumes): BootConfig | undefined {
  const { tree } = volume;
  const found: Found = {
    syslinux: SYSLINUX.find((path) => fileAt(tree, path)),
    grub: GRUB.find((path) => fileAt(tree, path)),
    bls: BLS.find((folder) => blsFiles(tree, folder).length > 0),
  };
  const code = volumes.partitionTable?.bootCode.name;
  const order: BootLoader[] = code === 'grub' ? ['grub', 'syslinux', 'bls'] : ['syslinux', 'grub', 'bls'];
  const loader = order.find((name) => found[name] !== undefined);
  if (loader === undefined) return undefined;
  const path = found[loader]!;
  const text = loader === 'bls' ? '' : textAt(tree, path);
  const isPart = loader === 'grub' && /\b(?:blscfg|bls_import)\b/.test(text ?? '');
  const others = order.flatMap((name) => {
    const other = found[name];
    return other === undefined || name === loader || (name === 'bls' && isPart) ? [] : [other];
  });
  const rest = others.length > 0 && { others };
  if (text === undefined) {
    return { loader, path, entries: [], problems: ['it is too large to be a configuration'], ...rest };
  }
  return { loader, path, ...READERS[loader](volume, path, text, volumes), ...rest };
}

type Contents = Pick<BootConfig, 'entries' | 'default' | 'problems'>;
type Reader = (volume: Volume, path: string, text: string, volumes: Volumes) => Contents;

const READERS: Readonly<Record<BootLoader, Reader>> = {
  syslinux: readSyslinux,
  grub: readGrub,
  bls: readBls,
};

function readSyslinux({ tree }: Volume, path: string, text: string, volumes: Volumes): Contents {
  const config = parseSyslinuxConfig(text);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const fileOf = (name: string): BootFile => ownFile(tree, name.startsWith('/') ? name : `${folder}${name}`);
  const entries = config.entries
    .slice(0, MAXIMUM_ENTRIES)
    .map(({ label, kernel, initrd, append, other }): BootEntry => {
      const initrds = initrd?.split(',').filter((name) => name !== '') ?? [];
      return {
        title: label,
        ...(kernel !== undefined && { kernel: fileOf(kernel) }),
        initrds: initrds.slice(0, MAXIMUM_INITRDS).map(fileOf),
        options: append,
        ...rootPart(append, volumes),
        ...(other !== undefined && { other }),
      };
    });
  const { default: chosen, problem } = config;
  return {
    entries,
    ...(chosen !== undefined && chosen < entries.length && { default: chosen }),
    ...(problem !== undefined && { problems: [problem] }),
  };
}

function readGrub(volume: Volume, path: string, text: string, volumes: Volumes): Contents {
  const machine = new ImageMachine(volume, path.slice(0, path.lastIndexOf('/')), volumes);
  const menu = readGrubMenu(text, machine);
  const fileOf = ({ written, place }: GrubFile): BootFile => {
    const holder = place && machine.volume(place.device);
    if (!holder) return { path: written, missing: true };
    const partition = holder === volume ? undefined : holder.partition?.number;
    return { ...ownFile(holder.tree, place.path), ...(partition !== undefined && { partition }) };
  };
  const entries = menu.entries.map(({ titles, id, kernel, initrds, options, other, problems }): BootEntry => {
    return {
      title: titles.join(' > '),
      id,
      ...(kernel && { kernel: fileOf(kernel) }),
      initrds: initrds.slice(0, MAXIMUM_INITRDS).map(fileOf),
      options,
      ...rootPart(options, volumes),
      ...(other !== undefined && { other }),
      ...(problems.length > 0 && { problems }),
    };
  });
  const problems = [...machine.assumptions, ...menu.problems];
  return {
    entries,
    ...(menu.default !== undefined && { default: menu.default }),
    ...(problems.length > 0 && { problems }),
  };
}

function readBls({ tree }: Volume, path: string, _text: string, volumes: Volumes): Contents {
  const sorted = sortBls(
    blsFiles(tree, path).map((name) => parseBlsEntry(textAt(tree, `${path}/${name}`) ?? '', name)),
  );
  const entries = sorted.map((entry): BootEntry => {
    const { id, title = id, version, machineId, linux, initrds, options, efi } = entry;
    return {
      title,
      id,
      ...(version !== undefined && { version }),
      ...(machineId !== undefined && { machineId }),
      ...(linux !== undefined && { kernel: ownFile(tree, linux) }),
      initrds: initrds.slice(0, MAXIMUM_INITRDS).map((name) => ownFile(tree, name)),
      options,
      ...rootPart(options, volumes),
      ...(efi !== undefined && { other: `efi ${efi}` }),
    };
  });
  return { entries, ...blsDefault(tree, path, entries, volumes) };
}

/** The first one, unless `loader.conf` names another: beside the entries, or where they may not be read. */
function blsDefault(
  tree: Tree,
  folder: string,
  entries: readonly BootEntry[],
  { partitionTable }: Volumes,
): Pick<BootConfig, 'default' | 'problems'> {
  const config = textAt(tree, folder.replace(/entries$/, 'loader.conf'));
  const system = partitionTable?.partitions.find((item) => isEfiSystem(item) && item.fileSystem !== 'ext');
  if (config === undefined && system) {
    const why = `the default entry is not known: loader.conf would be on partition ${system.number}, which is not read here`;
    return { problems: [why] };
  }
  const pattern = config === undefined ? undefined : loaderDefault(config);
  if (pattern === undefined) return { default: 0 };
  const found = entries.findIndex(
    ({ id = '' }) => matchesPattern(pattern, id) || matchesPattern(pattern, `${id}.conf`),
  );
  if (found >= 0) return { default: found };
  return { problems: [`the default entry is not known: loader.conf asks for ${pattern}`] };
}

function blsFiles(tree: Tree, folder: string): string[] {
  const entry = tree.resolve(folder)?.entry;
  if (entry?.type !== 'directory') return [];
  return sortedNames(entry)
    .filter((name) => name.endsWith('.conf') && fileAt(tree, `${folder}/${name}`))
    .slice(0, MAXIMUM_ENTRIES);
}

function ownFile(tree: Tree, path: string): BootFile {
  return { path, ...(!fileAt(tree, path) && { missing: true as const }) };
}

function rootPart(options: string, volumes: Volumes): Pick<BootEntry, 'root'> {
  const root = rootOfOptions(options, volumes);
  return root ? { root } : {};
}
