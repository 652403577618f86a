import { createSign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Loopback } from './loopback.ts';
import { judge } from './oracle.ts';

const ISSUER = 'rootless-bake test';
const SERVICE = 'registry of a test';

/**
 * A token service as docker-registry believes it (distribution, docs/spec/auth/jwt.md): users get what they ask
 * for, nobody may pull.
 */
export class TokenService {
  /** The scopes that were asked for, one list for each request. */
  readonly scopes: string[][] = [];
  /** The `auth` part of the registry's configuration. */
  readonly auth: object;
  readonly #server: Loopback;

  private constructor(server: Loopback, certificate: string) {
    this.#server = server;
    this.auth = {
      token: { realm: server.url('/token'), service: SERVICE, issuer: ISSUER, rootcertbundle: certificate },
    };
  }

  /** @param folder for its key */
  static async start(folder: string, authorization: string): Promise<TokenService> {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=test', '-days', '2', '-nodes'];
    judge('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-keyout',
      key,
      '-out',
      certificate,
      ...subject,
    ]);
    const server = await Loopback.start();
    const service = new TokenService(server, certificate);
    server.answer = (request, response) => {
      const query = new URL(request.url!, server.url()).searchParams;
      const scopes = query.getAll('scope');
      service.scopes.push(scopes);
      const isUser = request.headers.authorization === authorization;
      const access = scopes.map((scope) => {
        const [, type, name, actions] = /^(\w+):(.+):([\w,]+)$/.exec(scope)!;
        return { type, name, actions: isUser ? actions!.split(',') : ['pull'] };
      });
      response.end(JSON.stringify({ token: sign(access, readFileSync(key), readFileSync(certificate)) }));
    };
    return service;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

function sign(access: readonly object[], key: Buffer, certificate: Buffer): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'RS256', x5c: [new X509Certificate(certificate).raw.toString('base64')] };
  const claims = {
    iss: ISSUER,
    sub: '',
    aud: SERVICE,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: `${now}`,
    access,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createSign('sha256').update(text).sign(key).toString('base64url')}`;
}
