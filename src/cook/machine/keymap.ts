import { didYouMean } from '../../suggest.ts';
import { readContent } from '../../tree/content.ts';
import { fileEntry } from '../../tree/entry.ts';
import { addAction } from './inittab.ts';
import type { MachineRoot } from './machine-root.ts';
import { enableAtUsualLevel, serviceNames } from './services/openrc.ts';
import { setVariable } from './settings.ts';
import { unfit } from './unfit.ts';

/** Keymaps in the form of busybox's loadkmap, in a folder for each language. */
const BUSYBOX_MAPS = '/usr/share/bkeymaps';

/** Keymaps of kbd's loadkeys: Fedora's place, Arch's, Debian's. */
const KBD_MAPS = ['/usr/lib/kbd/keymaps', '/usr/share/kbd/keymaps', '/usr/share/keymaps'];

/** Layouts of the X keyboard extension, which console-setup makes keymaps of. */
const XKB_SYMBOLS = '/usr/share/X11/xkb/symbols';

const VCONSOLE = ['/usr/lib/systemd/systemd-vconsole-setup', '/lib/systemd/systemd-vconsole-setup'];

/** Chooses the keymap of the console, for whatever in the root loads it. */
export function setKeymap(root: MachineRoot, keymap: string): void {
  const services = root.init === 'openrc' ? serviceNames(root) : [];
  if (services.includes('loadkmap')) setForLoadkmap(root, keymap);
  else if (services.includes('keymaps')) setForOpenrc(root, keymap);
  else if (root.init === 'busybox') setForBusybox(root, keymap);
  else if (VCONSOLE.some((path) => root.has(path))) setForSystemd(root, keymap);
  else if (root.has('/usr/bin/setupcon') || root.has('/bin/setupcon')) setForConsoleSetup(root, keymap);
  else {
    const packages = root.init === 'openrc' ? 'busybox-openrc and kbd-bkeymaps' : 'console-setup';
    throw unfit('machine.keymap', 'nothing in the root loads keymaps', `put ${packages} into the root`);
  }
}

/** As Alpine's own set-up: the map's copy is there when /usr is not. */
function setForLoadkmap(root: MachineRoot, keymap: string): void {
  const path = copyBusyboxMap(root, keymap);
  setVariable(root, '/etc/conf.d/loadkmap', 'KEYMAP', path);
  enableAtUsualLevel(root, 'loadkmap');
}

function setForBusybox(root: MachineRoot, keymap: string): void {
  const path = copyBusyboxMap(root, keymap);
  addAction(root, 'sysinit', path.endsWith('.gz') ? `zcat ${path} | loadkmap` : `loadkmap < ${path}`);
}

function copyBusyboxMap(root: MachineRoot, keymap: string): string {
  const maps = filesBelow(root, [BUSYBOX_MAPS], /\.bmap(\.gz)?$/);
  const source = choose(maps, keymap, 'kbd-bkeymaps');
  const path = `/etc/keymap/${source.slice(source.lastIndexOf('/') + 1)}`;
  const entry = root.find(source);
  if (entry?.type !== 'file') throw unfit('machine.keymap', `${source} is no file`);
  root.put(root.place(path), fileEntry(entry.content, root.meta()));
  return path;
}

/** The service keymaps of OpenRC itself. */
function setForOpenrc(root: MachineRoot, keymap: string): void {
  choose(filesBelow(root, KBD_MAPS, /\.map(\.gz)?$/), keymap, 'kbd');
  setVariable(root, '/etc/conf.d/keymaps', 'keymap', keymap);
  enableAtUsualLevel(root, 'keymaps');
}

function setForSystemd(root: MachineRoot, keymap: string): void {
  choose(filesBelow(root, KBD_MAPS, /\.map(\.gz)?$/), keymap, 'kbd');
  setVariable(root, '/etc/vconsole.conf', 'KEYMAP', keymap);
}

/** Debian's: `de` or `de-nodeadkeys`, a layout and a variant of it. */
function setForConsoleSetup(root: MachineRoot, keymap: string): void {
  const [layout = '', ...variant] = keymap.split('-');
  const maps = new Map(root.list(XKB_SYMBOLS).map((name) => [name, `${XKB_SYMBOLS}/${name}`]));
  const symbols = root.find(choose(maps, layout, 'xkb-data'));
  const text = symbols?.type === 'file' ? Buffer.from(readContent(symbols.content)).toString('latin1') : '';
  const variants = [...text.matchAll(/^xkb_symbols\s+"([^"]+)"/gm)].map(([, name]) => name!);
  const wanted = variant.join('-');
  if (wanted !== '' && !variants.includes(wanted)) {
    const known = variants.map((name) => `${layout}-${name}`);
    throw unfit(
      'machine.keymap',
      `the root has no keymap ${JSON.stringify(keymap)}`,
      didYouMean(keymap, known),
    );
  }
  const file = '/etc/default/keyboard';
  if (root.read(file) === undefined) root.write(file, 'XKBMODEL="pc105"\n');
  setVariable(root, file, 'XKBLAYOUT', layout);
  setVariable(root, file, 'XKBVARIANT', wanted);
}

/** The files of some folders by their names without the ending. */
function filesBelow(root: MachineRoot, folders: readonly string[], ending: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    const place = root.tree.resolve(folder);
    if (place?.entry.type !== 'directory') continue;
    for (const { path, name, entry } of root.tree.walk(place.path))
      if (entry.type === 'file' && ending.test(name)) found.set(name.replace(ending, ''), path);
  }
  return found;
}

function choose(maps: ReadonlyMap<string, string>, keymap: string, packageName: string): string {
  const path = maps.get(keymap);
  if (path !== undefined) return path;
  if (maps.size === 0)
    throw unfit('machine.keymap', 'the root has no keymaps', `put the package ${packageName} into the root`);
  throw unfit(
    'machine.keymap',
    `the root has no keymap ${JSON.stringify(keymap)}`,
    didYouMean(keymap, maps.keys()) ?? `such as ${[...maps.keys()].slice(0, 5).join(', ')}`,
  );
}
