import { deviceEntry, type Entry, metadata, setMetadata } from '../../tree/entry.ts';
import { joinPath } from '../../tree/path.ts';
import type { Tree } from '../../tree/tree.ts';
import type { DiskState } from '../ledger/disk-state.ts';
import { groupNumber, type Identities, userNumber } from '../ledger/identities.ts';
import { encodeFileCapabilities } from './capability.ts';
import { parseMode } from './chmod-mode.ts';
import { type OptionSpec, parseCommand } from './command-line.ts';
import type { ShimCall } from './shim-log.ts';

export interface ShimContext {
  readonly tree: Tree;
  /** Names are resolved with the users and groups that the root has after the step. */
  readonly identities: Identities;
  /** The disk after the step: where renamed inodes are now. */
  readonly disk: DiskState;
  /** Of devices that mknod makes. */
  readonly origin: string;
  readonly mtime: bigint;
}

const CAPABILITY = 'security.capability';

const OWNER_OPTIONS: OptionSpec = {
  values: { reference: 'reference', from: 'from' },
  flags: { R: 'recursive', recursive: 'recursive', h: 'nofollow', 'no-dereference': 'nofollow' },
};
const MODE_OPTIONS: OptionSpec = {
  values: { reference: 'reference' },
  flags: { R: 'recursive', recursive: 'recursive' },
  operand: (word) => /^-[rwxXst]+$/.test(word),
};
const INSTALL_OPTIONS: OptionSpec = {
  values: {
    o: 'owner',
    owner: 'owner',
    g: 'group',
    group: 'group',
    m: 'mode',
    mode: 'mode',
    t: 'into',
    'target-directory': 'into',
    S: 'suffix',
    suffix: 'suffix',
  },
  flags: { d: 'directory', directory: 'directory', T: 'exact', 'no-target-directory': 'exact' },
};
const MKNOD_OPTIONS: OptionSpec = { values: { m: 'mode', mode: 'mode', Z: 'context' }, flags: {} };
const SETCAP_OPTIONS: OptionSpec = { values: { n: 'rootid' }, flags: { v: 'verify', r: 'remove' } };

/**
 * Applies recorded calls to the tree in order, as the kernel would have done for root: chown takes setuid,
 * setgid and capabilities away from files. Paths and names that do not exist (any more) are passed over: the
 * program itself has already told the script.
 */
export function applyShimCalls(calls: readonly ShimCall[], context: ShimContext): void {
  for (const call of calls) {
    switch (call.program) {
      case 'chown':
      case 'chgrp':
        applyOwner(call, context);
        break;
      case 'chmod':
        applyMode(call, context);
        break;
      case 'install':
        applyInstall(call, context);
        break;
      case 'mknod':
        applyMknod(call, context);
        break;
      case 'setcap':
        applySetcap(call, context);
        break;
    }
  }
}

interface Owners {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

function applyOwner(call: ShimCall, context: ShimContext): void {
  const { flags, values, operands } = parseCommand(call.args, OWNER_OPTIONS);
  const reference = values.get('reference');
  const paths = reference === undefined ? operands.slice(1) : operands;
  const owners =
    reference === undefined
      ? parseOwners(operands[0] ?? '', call.program === 'chgrp', context.identities)
      : ownersOf(locate(call, reference, true, context), call.program === 'chgrp', context.tree);
  if (!owners) return;
  const recursive = flags.has('recursive');
  for (const path of paths) {
    const place = locate(call, path, !recursive && !flags.has('nofollow'), context);
    if (place === undefined) continue;
    for (const entry of entriesAt(context.tree, place, recursive)) setOwners(entry, owners);
  }
}

/** `user`, `user:`, `user:group`, `:group`; undefined when a name is not known. */
function parseOwners(spec: string, groupOnly: boolean, identities: Identities): Owners | undefined {
  if (groupOnly) {
    const gid = groupNumber(identities, spec);
    return gid === undefined ? undefined : { gid };
  }
  const [user = '', group] = spec.split(':', 2);
  const uid = user === '' ? undefined : userNumber(identities, user);
  if (user !== '' && uid === undefined) return undefined;
  if (group === undefined) return { uid };
  if (group === '') return { uid, gid: identities.users.get(user)?.gid };
  const gid = groupNumber(identities, group);
  return gid === undefined ? undefined : { uid, gid };
}

function ownersOf(path: string | undefined, groupOnly: boolean, tree: Tree): Owners | undefined {
  const entry = path === undefined ? undefined : tree.get(path);
  if (!entry) return undefined;
  return groupOnly ? { gid: entry.gid } : { uid: entry.uid, gid: entry.gid };
}

function setOwners(entry: Entry, { uid, gid }: Owners): void {
  if (uid !== undefined) entry.uid = uid;
  if (gid !== undefined) entry.gid = gid;
  if (entry.type === 'directory' || entry.type === 'symlink') return;
  // `setattr_should_drop_suidgid` in the kernel's fs/attr.c.
  entry.mode &= ~0o4000;
  if (entry.mode & 0o010) entry.mode &= ~0o2000;
  dropCapability(entry);
}

function applyMode(call: ShimCall, context: ShimContext): void {
  const { flags, values, operands } = parseCommand(call.args, MODE_OPTIONS);
  const reference = values.get('reference');
  const paths = reference === undefined ? operands.slice(1) : operands;
  const model = reference === undefined ? undefined : locate(call, reference, true, context);
  const fixed = model === undefined ? undefined : context.tree.get(model)?.mode;
  const change = fixed === undefined ? parseMode(operands[0] ?? '') : () => fixed;
  if (!change) return;
  for (const path of paths) {
    const place = locate(call, path, true, context);
    if (place === undefined) continue;
    for (const entry of entriesAt(context.tree, place, flags.has('recursive'))) {
      setMetadata(entry, { mode: change(entry.mode, entry.type === 'directory') });
    }
  }
}

function applyInstall(call: ShimCall, context: ShimContext): void {
  const { flags, values, operands } = parseCommand(call.args, INSTALL_OPTIONS);
  const uid = userNumber(context.identities, values.get('owner') ?? '0') ?? 0;
  const gid = groupNumber(context.identities, values.get('group') ?? '0') ?? 0;
  const change = parseMode(values.get('mode') ?? '755');
  const into =
    values.get('into') ?? (flags.has('exact') ? undefined : folderOperand(call, operands, context));
  const sources = values.has('into') ? operands : operands.slice(0, -1);
  let targets = [operands.at(-1) ?? ''];
  if (flags.has('directory')) targets = [...operands];
  else if (into !== undefined) targets = sources.map((source) => `${into}/${lastName(source)}`);
  for (const target of targets) {
    const place = locate(call, target, true, context);
    const entry = place === undefined ? undefined : context.tree.get(place);
    if (!entry) continue;
    setMetadata(entry, { uid, gid, ...(change && { mode: change(0, entry.type === 'directory') }) });
  }
}

function folderOperand(
  call: ShimCall,
  operands: readonly string[],
  context: ShimContext,
): string | undefined {
  const last = operands.at(-1);
  if (last === undefined || operands.length < 2) return undefined;
  const place = locate(call, last, true, context);
  return place !== undefined && context.tree.get(place)?.type === 'directory' ? last : undefined;
}

function applyMknod(call: ShimCall, context: ShimContext): void {
  const { operands } = parseCommand(call.args, MKNOD_OPTIONS);
  const [path, kind, major, minor] = operands;
  if (path === undefined || !kind || !/^[bcu]$/.test(kind)) return;
  const place = locate(call, path, false, context);
  const placeholder = place === undefined ? undefined : context.tree.get(place);
  // Whoever has written into the placeholder since wants a file.
  if (place === undefined || placeholder?.type !== 'file' || placeholder.content.size > 0) return;
  const numbers = [Number(major), Number(minor)] as const;
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0)) return;
  const { uid, gid, mode } = placeholder;
  const meta = metadata({ uid, gid, mode, mtime: context.mtime, origin: context.origin });
  context.tree.set(place, deviceEntry(kind === 'b' ? 'block' : 'char', ...numbers, meta));
}

function applySetcap(call: ShimCall, context: ShimContext): void {
  const { flags, operands } = parseCommand(call.args, SETCAP_OPTIONS);
  if (flags.has('verify')) return;
  const remove = flags.has('remove');
  const pairs = remove ? operands.map((path) => ['', path]) : chunk(operands);
  for (const [text, path] of pairs) {
    const place = path === undefined ? undefined : locate(call, path, true, context);
    const entry = place === undefined ? undefined : context.tree.get(place);
    if (entry?.type !== 'file') continue;
    dropCapability(entry);
    const value = remove ? undefined : encodeFileCapabilities(text ?? '');
    if (value) entry.xattrs = new Map([...entry.xattrs, [CAPABILITY, value]]);
  }
}

function dropCapability(entry: Entry): void {
  if (!entry.xattrs.has(CAPABILITY)) return;
  entry.xattrs = new Map([...entry.xattrs].filter(([name]) => name !== CAPABILITY));
}

/** The canonical path of an argument: where it is now, or where its inode has been renamed to. */
function locate(call: ShimCall, path: string, follow: boolean, context: ShimContext): string | undefined {
  const absolute = path.startsWith('/') ? path : `${call.cwd}/${path}`;
  const place = follow ? context.tree.resolve(absolute)?.path : unfollowed(context.tree, absolute);
  if (place !== undefined) return place;
  const ino = call.inodes.get(path);
  if (ino === undefined) return undefined;
  for (const [at, node] of context.disk) {
    // A younger inode has only inherited the number.
    if (node.ino === ino && node.birthNs <= call.time) return at;
  }
  return undefined;
}

function unfollowed(tree: Tree, path: string): string | undefined {
  const trimmed = path.replace(/\/+$/, '');
  const name = lastName(trimmed);
  if (name === '' || name === '.' || name === '..') return tree.resolve(path)?.path;
  const parent = tree.resolve(trimmed.slice(0, trimmed.length - name.length));
  if (parent?.entry.type !== 'directory' || !parent.entry.children.has(name)) return undefined;
  return joinPath(parent.path, name);
}

function* entriesAt(tree: Tree, path: string, recursive: boolean): Generator<Entry> {
  if (recursive) {
    for (const { entry } of tree.walk(path)) yield entry;
    return;
  }
  const entry = tree.get(path);
  if (entry) yield entry;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function chunk(words: readonly string[]): (readonly [string, string | undefined])[] {
  return words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1]] as const] : []));
}
