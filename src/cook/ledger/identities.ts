import { readContent } from '../../tree/content.ts';
import { decodeName } from '../../tree/name.ts';
import type { Tree } from '../../tree/tree.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The users and groups of a root file system: passwd(5) and group(5). */
export interface Identities {
  readonly users: ReadonlyMap<string, User>;
  /** Group names to numbers. */
  readonly groups: ReadonlyMap<string, number>;
}

/** Reads /etc/passwd and /etc/group; what is missing or malformed has no entry. */
export function readIdentities(tree: Tree): Identities {
  const users = new Map<string, User>();
  for (const [name, , uid, gid, , home] of readTable(tree, '/etc/passwd')) {
    if (!name || !isNumber(uid) || !isNumber(gid) || users.has(name)) continue;
    users.set(name, { name, uid: Number(uid), gid: Number(gid), home: home ?? '' });
  }
  const groups = new Map<string, number>();
  for (const [name, , gid] of readTable(tree, '/etc/group')) {
    if (name && isNumber(gid) && !groups.has(name)) groups.set(name, Number(gid));
  }
  return { users, groups };
}

/** A user's number by name or in digits; undefined when there is no such user. */
export function userNumber(identities: Identities, word: string): number | undefined {
  return identities.users.get(word)?.uid ?? parseNumber(word);
}

/** A group's number by name or in digits; undefined when there is no such group. */
export function groupNumber(identities: Identities, word: string): number | undefined {
  return identities.groups.get(word) ?? parseNumber(word);
}

/** The text of a file of the tree, links followed; undefined when it is no file. */
export function readText(tree: Tree, path: string): string | undefined {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? decodeName(readContent(entry.content)) : undefined;
}

function readTable(tree: Tree, path: string): string[][] {
  return (readText(tree, path) ?? '').split('\n').map((line) => line.split(':'));
}

function parseNumber(word: string): number | undefined {
  return isNumber(word) ? Number(word) : undefined;
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,10}$/.test(word) && Number(word) < 0xffffffff;
}
