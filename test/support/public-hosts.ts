import { chmodSync, createReadStream, readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { Loopback } from './loopback.ts';
import { judge } from './oracle.ts';

/** Answers what a public host is asked for; `path` is decoded, and has no `..`. */
export type Answer = (path: string, incoming: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Public hosts as they are seen from behind a proxy: one on loopback that answers for them from test data, http
 * and https alike, with certificates of its own authority. Command lines and recipes stay as they are written.
 */
export class PublicHosts {
  /** What makes Node's programs ask here. apt keeps its own way: it reads these variables in lower case only. */
  readonly env: Readonly<Record<string, string>>;
  /** What was asked of other hosts: http of this machine's mirrors of Debian is passed on, https is refused. */
  readonly strangers: string[] = [];
  readonly #proxy: Loopback;
  readonly #web: Loopback;

  private constructor(proxy: Loopback, web: Loopback, certificate: string, hosts: Record<string, Answer>) {
    this.#proxy = proxy;
    this.#web = web;
    this.env = { HTTP_PROXY: proxy.url(), HTTPS_PROXY: proxy.url(), NODE_EXTRA_CA_CERTS: certificate };
    proxy.answer = web.answer = (incoming, response) => {
      const url = new URL(incoming.url!, `https://${incoming.headers.host}`);
      const answer = hosts[url.hostname];
      if (answer) return answer(normalize(decodeURIComponent(url.pathname)), incoming, response);
      this.strangers.push(url.href);
      return url.protocol === 'http:'
        ? passedTo(url.host)('', incoming, response)
        : response.writeHead(502).end();
    };
    proxy.server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
      socket.on('error', () => {});
      if (!hosts[url.replace(/:\d+$/, '')]) {
        this.strangers.push(url);
        socket.end('HTTP/1.1 502 No such host\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      web.server.emit('connection', socket);
    });
  }

  /** @param folder for key and certificate, which other users may read then */
  static async start(folder: string, hosts: Record<string, Answer>): Promise<PublicHosts> {
    const [key, certificate] = [join(folder, 'hosts.key'), join(folder, 'hosts.pem')];
    const names = Object.keys(hosts).map((name) => `DNS:${name}`);
    judge('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=rootless-bake test', '-addext', `subjectAltName=${names.join()}`],
      ...['-keyout', key, '-out', certificate],
    ]);
    chmodSync(folder, 0o755);
    chmodSync(certificate, 0o644);
    const identity = { key: readFileSync(key), cert: readFileSync(certificate) };
    const web = await Loopback.start((listener) => createTlsServer(identity, listener));
    return new PublicHosts(await Loopback.start(), web, certificate, hosts);
  }

  async stop(): Promise<void> {
    await this.#proxy.stop();
    await this.#web.stop();
  }
}

/** Gives the files of folders, by the beginning of the path that each stands for. */
export function filesOf(folders: Readonly<Record<string, string>>): Answer {
  return async (path, _, response) => {
    const [start, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? [];
    const file = folder === undefined ? '/nowhere' : join(folder, path.slice(start!.length));
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': found.size });
    await pipeline(createReadStream(file), response).catch(() => response.destroy());
  };
}

/** Passes everything on to another server by http, which is told where it was asked by https. */
export function passedTo(host: string): Answer {
  return (_, incoming, response) => {
    const { pathname, search } = new URL(incoming.url!, 'https://x');
    const { method = 'GET', headers, socket } = incoming;
    const onward = request(`http://${host}${pathname}${search}`, {
      method,
      headers: { ...headers, ...(socket instanceof TLSSocket && { 'x-forwarded-proto': 'https' }) },
    });
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    incoming.pipe(onward);
  };
}
