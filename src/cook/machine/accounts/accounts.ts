import { didYouMean } from '../../../suggest.ts';
import type { MachineRoot } from '../machine-root.ts';
import type { MachineUser, RootAccount } from '../options.ts';
import { unfit } from '../unfit.ts';
import { AccountFiles, GROUP, PASSWD } from './account-files.ts';
import { authorizeKeys, makeHome } from './home.ts';
import { checkHash } from './musl-hash.ts';

/** The first and the last number of people: useradd's, login.defs(5). */
const UIDS = { first: 1000, last: 60_000 };

/** Where accounts of the system have their homes for want of one. */
const NO_HOMES = /^\/(?:dev|proc|nonexistent)(?:\/|$)/;

/** Adds the users and changes those that are there; gives root its password and keys. */
export function setUpAccounts(
  root: MachineRoot,
  users: readonly MachineUser[],
  account: RootAccount | undefined,
): void {
  if (users.length === 0 && !account) return;
  const files = new AccountFiles(root);
  if (account) {
    checkHash(root, account.password, 'machine.root.password');
    files.setPassword('root', account.password);
  }
  const known = new Set(files.passwd.records.map(([name]) => name));
  for (const [index, user] of users.entries()) setUpUser(root, files, user, `machine.users[${index}]`);
  files.save();
  for (const [index, user] of users.entries()) {
    const needsHome = !known.has(user.name) || user.home !== undefined;
    setUpHome(root, files, user, needsHome, `machine.users[${index}]`);
  }
  if (account) setUpHome(root, files, { name: 'root', ...account }, true, 'machine.root');
}

/** @param needsHome also without keys: accounts of the system have homes that are not there, and need none */
function setUpHome(
  root: MachineRoot,
  files: AccountFiles,
  { name, sshKeys = [] }: MachineUser,
  needsHome: boolean,
  place: string,
): void {
  const record = files.passwd.find(name)!;
  const owner = { uid: Number(record[PASSWD.uid]), gid: Number(record[PASSWD.gid]) };
  const home = record[PASSWD.home] || '/';
  if (
    sshKeys.length > 0 &&
    (NO_HOMES.test(home) || (root.find(home) ?? { type: 'directory' }).type !== 'directory')
  )
    throw unfit(
      `${place}.sshKeys`,
      `the home of ${name} is ${home}, where no keys can be`,
      'give the user a home',
    );
  if (needsHome || sshKeys.length > 0) makeHome(root, name, home, owner);
  if (sshKeys.length > 0) authorizeKeys(root, home, owner, sshKeys);
}

function setUpUser(root: MachineRoot, files: AccountFiles, user: MachineUser, place: string): void {
  const { name, uid, groups = [], shell, home, comment } = user;
  checkHash(root, user.password, `${place}.password`);
  if (shell !== undefined) checkShell(root, shell, `${place}.shell`);
  const known = files.passwd.find(name);
  if (uid !== undefined) checkUid(files, name, uid, `${place}.uid`);
  if (!known) {
    const number = uid ?? freeNumber([...uidsOf(files), ...gidsOf(files)]);
    const gid = files.group.find(name)?.[GROUP.gid] ?? String(addOwnGroup(files, name, number));
    files.passwd.set([
      name,
      'x',
      String(number),
      gid,
      comment ?? '',
      home ?? `/home/${name}`,
      shell ?? defaultShell(root, files),
    ]);
  } else {
    if (comment !== undefined) files.passwd.setField(name, PASSWD.comment, comment);
    if (home !== undefined) files.passwd.setField(name, PASSWD.home, home);
    if (shell !== undefined) files.passwd.setField(name, PASSWD.shell, shell);
  }
  files.setPassword(name, user.password);
  for (const [index, group] of groups.entries()) {
    if (!files.group.find(group)) throw unknownGroup(files, group, `${place}.groups[${index}]`);
    files.addMember(group, name);
  }
}

/** A user who is there keeps the number that files of the root may belong to. */
function checkUid(files: AccountFiles, name: string, uid: number, place: string): void {
  const known = files.passwd.find(name);
  if (known && Number(known[PASSWD.uid]) !== uid)
    throw unfit(place, `${name} is in the root already, as ${known[PASSWD.uid]}`, 'leave uid out');
  const other = files.passwd.records.find(
    (record) => record[0] !== name && record[PASSWD.uid] === String(uid),
  );
  if (other)
    throw unfit(place, `${uid} is the number of ${other[0]} already`, 'leave uid out: a free one is found');
}

function addOwnGroup(files: AccountFiles, name: string, uid: number): number {
  const taken = gidsOf(files);
  const gid = taken.includes(uid) ? freeNumber(taken) : uid;
  files.addGroup(name, gid);
  return gid;
}

function uidsOf(files: AccountFiles): number[] {
  return files.passwd.records.map((record) => Number(record[PASSWD.uid]));
}

function gidsOf(files: AccountFiles): number[] {
  return files.group.records.map((record) => Number(record[GROUP.gid]));
}

function freeNumber(taken: readonly number[]): number {
  const numbers = new Set(taken);
  for (let number = UIDS.first; number <= UIDS.last; number += 1) if (!numbers.has(number)) return number;
  throw unfit(
    'machine.users',
    `all numbers from ${UIDS.first} to ${UIDS.last} are taken`,
    'give the user a uid',
  );
}

function defaultShell(root: MachineRoot, files: AccountFiles): string {
  const shell = files.passwd.find('root')?.[PASSWD.shell];
  return shell !== undefined && root.isProgram(shell) ? shell : '/bin/sh';
}

function checkShell(root: MachineRoot, shell: string, place: string): void {
  if (root.isProgram(shell)) return;
  const listed = (root.read('/etc/shells') ?? '').split('\n').filter((line) => line.startsWith('/'));
  const known = [...listed, '/bin/sh', '/bin/ash', '/bin/bash', '/sbin/nologin'].filter((path) =>
    root.isProgram(path),
  );
  const hint =
    didYouMean(shell, known) ?? (known.length > 0 ? `it has ${[...new Set(known)].join(', ')}` : undefined);
  throw unfit(place, `the root has no program ${shell}`, hint);
}

function unknownGroup(files: AccountFiles, group: string, place: string): Error {
  const names = files.group.records.map(([name]) => name!);
  const hint = didYouMean(group, names) ?? `it has ${names.join(', ')}`;
  return unfit(place, `the root has no group ${JSON.stringify(group)}`, hint);
}
