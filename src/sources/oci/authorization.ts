import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { basicAuthorization } from '../../net/credentials.ts';
import { type RegistryCredentials, registryCredentials } from '../../net/docker-config.ts';
import type { Net } from '../../net/net.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import { type Challenge, parseChallenges } from './challenge.ts';

/** Who is asked, and for what. */
export interface Access {
  readonly registry: string;
  readonly repository: string;
  /** True when the registry itself is spoken to by http. */
  readonly isPlain: boolean;
  /** What a token is asked for. Default: to pull from the repository. */
  readonly scopes?: readonly string[];
}

/** In bytes; tokens have some thousand. */
const TOKEN_LIMIT = 1 << 20;

/**
 * The `Authorization` header that answers a registry's challenge for one repository: a Bearer token of
 * the service that it names (distribution's docs/spec/auth/token.md), for an anonymous user where no
 * credentials are known; else Basic.
 *
 * @param header `WWW-Authenticate`
 * @throws RB_UNAUTHORIZED when there are no credentials, and what {@link Net} throws
 */
export async function authorizationFor(
  header: string,
  access: Access,
  net: Pick<Net, 'document' | 'request'>,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<string> {
  const challenges = parseChallenges(header);
  const credentials = await registryCredentials(access.registry, access.repository, host);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await fetchToken(bearer, access, credentials, net)}`;
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    const schemes = challenges.map(({ scheme }) => scheme).join(', ') || 'nothing';
    throw unauthorized(access, `asks for ${schemes}, which is not Basic and not Bearer`);
  }
  if (credentials && 'username' in credentials) return basicAuthorization(credentials);
  throw unauthorized(access, 'asks for a user and a password');
}

async function fetchToken(
  { parameters }: Challenge,
  access: Access,
  credentials: RegistryCredentials | undefined,
  net: Pick<Net, 'document' | 'request'>,
): Promise<string> {
  const { realm = '', service = '' } = parameters;
  const scopes = access.scopes ?? [`repository:${access.repository}:pull`];
  const url = realmUrl(realm, access);
  const what = `the token for ${access.registry}/${access.repository}`;
  const query = service === '' ? {} : { service };
  if (credentials && 'identityToken' in credentials) {
    const form = { ...query, scope: scopes.join(' '), ...REFRESH, refresh_token: credentials.identityToken };
    return tokenOf(await exchange(url, form, what, net), access);
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers = credentials ? { authorization: basicAuthorization(credentials) } : {};
  const { bytes } = await net.document({ url: url.href, what, headers, limit: TOKEN_LIMIT });
  return tokenOf(bytes, access);
}

const REFRESH = { grant_type: 'refresh_token', client_id: 'rootless-bake' };

/** OAuth's way, for identity tokens (distribution's docs/spec/auth/oauth.md). */
async function exchange(
  url: URL,
  form: Readonly<Record<string, string>>,
  what: string,
  net: Pick<Net, 'request'>,
): Promise<Uint8Array> {
  const bytes = Buffer.from(new URLSearchParams(form).toString());
  const response = await net.request({
    url: url.href,
    what,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { size: bytes.length, open: () => [bytes] },
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    if (size > TOKEN_LIMIT) break;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Credentials go there: over https, unless the registry itself is spoken to without. */
function realmUrl(realm: string, access: Access): URL {
  if (isHttpUrl(realm) && URL.canParse(realm)) {
    const url = new URL(realm);
    if (url.protocol === 'https:' || access.isPlain) return url;
  }
  throw unauthorized(access, `sends for a token to ${redactUrl(realm)}, which is no https URL`);
}

function tokenOf(bytes: Uint8Array, access: Access): string {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    answer = undefined;
  }
  const { token, access_token } = (answer ?? {}) as { token?: unknown; access_token?: unknown };
  const found = token || access_token;
  if (typeof found === 'string' && /^[\x21-\x7e]+$/.test(found)) return found;
  throw unauthorized(access, 'has a token service that gives no token');
}

function unauthorized({ registry, repository }: Access, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_UNAUTHORIZED', `the registry ${registry} ${why}, for ${repository}`, {
    hint: `log in by docker login ${registry}, podman login or skopeo login`,
  });
}
