import { join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { homeOf, readIfThere } from './credentials.ts';
import type { Credentials } from './netrc.ts';

/** What a registry is told of who asks: a user with a password, or a token of its own identity service. */
export type RegistryCredentials = Credentials | { readonly identityToken: string };

/** The part of a config.json that is about credentials (docker-login(1), containers-auth.json(5)). */
interface AuthFile {
  readonly auths?: Readonly<Record<string, AuthEntry | null>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

interface AuthEntry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** Docker's name for its own registry, as `docker login` writes it. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const DOCKER_HUB_HOSTS = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/**
 * The credentials that `docker login`, `podman login` or `skopeo login` have left for a registry: from
 * `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`, and `config.json` in `$DOCKER_CONFIG` or
 * `~/.docker`, the first that knows it. A credential helper that such a file names is run.
 *
 * @param registry host, with its port unless it is the usual one
 * @param repository path in the registry; files may have entries for a part of it
 * @throws RB_UNAUTHORIZED when a helper fails, or a file that was named is damaged
 */
export async function registryCredentials(
  registry: string,
  repository: string,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<RegistryCredentials | undefined> {
  for (const path of authFiles(host.env)) {
    const text = readIfThere(path);
    const found = text === undefined ? undefined : await find(parse(text, path), registry, repository, host);
    if (found) return found;
  }
  return undefined;
}

function authFiles(env: Host['env']): string[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    ...(env['REGISTRY_AUTH_FILE'] ? [env['REGISTRY_AUTH_FILE']] : []),
    ...(runtime ? [join(runtime, 'containers/auth.json')] : []),
    join(env['DOCKER_CONFIG'] || join(homeOf(env), '.docker'), 'config.json'),
  ];
}

function parse(text: string, path: string): AuthFile {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === 'object' && file !== null) return file as AuthFile;
  } catch {
    // The parser's words would show a piece of the file.
  }
  throw new RootlessBakeError('RB_UNAUTHORIZED', `${path} is no JSON object, so it gives no credentials`, {
    hint: 'repair it, or remove it and log in again',
  });
}

async function find(
  file: AuthFile,
  registry: string,
  repository: string,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<RegistryCredentials | undefined> {
  const keys = keysFor(registry, repository);
  const helper = keys.map((key) => file.credHelpers?.[key]).find((name) => name !== undefined);
  if (helper !== undefined) return await askCredentialHelper(helper, serverOf(registry), host);
  const entries = Object.entries(file.auths ?? {});
  for (const key of keys) {
    const entry = entries.find(([name]) => name === key || hostOf(name) === key)?.[1];
    const found = entry && credentialsOf(entry);
    if (found) return found;
  }
  // With a store, `auths` only lists where one has logged in.
  return file.credsStore ? await askCredentialHelper(file.credsStore, serverOf(registry), host) : undefined;
}

/** From the most to the least particular: `host/a/b`, `host/a`, `host`, and other names of the host. */
function keysFor(registry: string, repository: string): string[] {
  const parts = repository.split('/').filter((part) => part !== '');
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const isHub = DOCKER_HUB_HOSTS.includes(registry);
  const hosts = isHub ? [DOCKER_HUB, ...DOCKER_HUB_HOSTS] : [registry];
  return [...paths.map((path) => `${registry}/${path}`), ...hosts];
}

/** Older files have whole URLs as keys, whose paths mean nothing. */
function hostOf(key: string): string {
  return /^https?:\/\/([^/]*)/.exec(key)?.[1] ?? key;
}

function serverOf(registry: string): string {
  return DOCKER_HUB_HOSTS.includes(registry) ? DOCKER_HUB : registry;
}

function credentialsOf({
  auth,
  username,
  password,
  identitytoken,
}: AuthEntry): RegistryCredentials | undefined {
  if (identitytoken) return { identityToken: identitytoken };
  if (username !== undefined && password !== undefined) return { username, password };
  const pair = Buffer.from(auth ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
}
