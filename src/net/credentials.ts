import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSystemError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type Credentials, netrcEntry } from './netrc.ts';

/** Gives the user and password for a URL's host, if there are any. */
export type CredentialSource = (url: URL) => Credentials | undefined;

/** The value of an `Authorization` header (RFC 7617). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The user and password that a URL itself holds. */
export function urlCredentials({ username, password }: URL): Credentials | undefined {
  if (!username && !password) return undefined;
  return { username: decode(username), password: decode(password) };
}

/** Entries of the file that `NETRC` names, else of `~/.netrc`. It is read once, when it is first asked for. */
export function netrcCredentials(env: Host['env']): CredentialSource {
  let text: string | undefined;
  return (url) => {
    text ??= readIfThere(env['NETRC'] || join(homeOf(env), '.netrc')) ?? '';
    return netrcEntry(text, url.hostname.replace(/^\[|\]$/g, ''));
  };
}

export function homeOf(env: Host['env']): string {
  return env['HOME'] || homedir();
}

/** A file's text; undefined when it is not there, or not for us. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** What is no escape sequence stands for itself. */
function decode(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}
