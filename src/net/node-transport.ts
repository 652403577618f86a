import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Host } from '../host.ts';
import { proxyAuthorization, proxyFor } from './proxy.ts';
import type { RequestBody, Timeouts, Transport, TransportRequest, TransportResponse } from './transport.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** Idle connections are kept this long, in milliseconds; they do not keep the process. */
const IDLE = 4000;

/** Of a body that is sent, in bytes: small enough for slow lines. */
const PIECE = 64 * 1024;

/**
 * Carries requests over Node's own http and https, and the proxies that the environment names. Connections
 * are used again. (Node's `fetch` knows no proxies before Node 24.)
 */
export function nodeTransport(env: Host['env'], timeouts: Timeouts): Transport {
  const options = { keepAlive: true, timeout: IDLE };
  const direct = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  const tunnels = new Map<string, TunnelAgent>();
  const tunnelThrough = (proxy: URL): TunnelAgent => {
    const known = tunnels.get(proxy.href) ?? new TunnelAgent(proxy, options);
    tunnels.set(proxy.href, known);
    return known;
  };
  return (request) => {
    const { url } = request;
    const proxy = proxyFor(url, env);
    const plain = url.protocol === 'http:';
    if (proxy && plain) {
      const module = proxy.protocol === 'https:' ? https : http;
      return send(module.request(absoluteForm(request, proxy)), request, timeouts);
    }
    const agent = proxy ? tunnelThrough(proxy) : direct[url.protocol as 'http:' | 'https:'];
    const sent = (plain ? http : https).request(url, {
      method: request.method,
      headers: request.headers,
      agent,
    });
    return send(sent, request, timeouts);
  };
}

/** A request to a proxy for an http URL (RFC 9112, section 3.2.2). */
function absoluteForm({ url, method, headers }: TransportRequest, proxy: URL): http.RequestOptions {
  return {
    protocol: proxy.protocol,
    hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port,
    path: url.href,
    method,
    setHost: false,
    headers: { host: url.host, ...headers, ...proxyAuthorization(proxy) },
  };
}

function send(
  sent: http.ClientRequest,
  { url, body, signal }: TransportRequest,
  timeouts: Timeouts,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    let answer: http.IncomingMessage | undefined;
    const giveUp = (error: Error): void => void (answer ?? sent).destroy(error);
    const silence = new Silence(giveUp);
    const abort = (): void => giveUp(new Error('aborted'));
    const finish = (): void => {
      silence.end();
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    silence.start(`no connection to ${url.host}`, timeouts.connect);
    sent.once('socket', (socket) => {
      const connected = (): void => silence.start('no answer', timeouts.headers);
      if (!socket.connecting) connected();
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    });
    // Also after the answer: an error without a listener would end the process.
    sent.on('error', (error) => {
      finish();
      reject(error);
    });
    sent.once('response', (response) => {
      silence.end();
      answer = response;
      response.once('close', finish);
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? '',
        headers: joined(response.headersDistinct),
        body: new Body(response, silence, timeouts.stall),
      });
    });
    if (signal.aborted) abort();
    else if (body) {
      const wait: Silence['start'] = (what, milliseconds) => {
        if (!answer) silence.start(what, milliseconds);
      };
      pipeline(watched(body, wait, timeouts), sent).catch((error: Error) => sent.destroy(error));
    } else sent.end();
  });
}

/** A pace at which servers are believed to check and store what they were sent, in bytes per millisecond. */
const STORING = 4096;

/**
 * What is sent, in small pieces: each that has gone breaks the silence, and large bodies are answered late.
 *
 * @param wait is told what is waited for from now on, and for how long
 */
async function* watched(
  body: RequestBody,
  wait: Silence['start'],
  { stall, headers }: Timeouts,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body.open()) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      wait('what is sent has stalled', stall);
      yield chunk.subarray(at, at + PIECE);
    }
  }
  wait('no answer', headers + body.size / STORING);
}

/** Ends a request that is silent for too long. */
class Silence {
  readonly #giveUp: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(giveUp: (error: Error) => void) {
    this.#giveUp = giveUp;
  }

  start(what: string, milliseconds: number): void {
    clearTimeout(this.#timer);
    const error = (): Error => new Error(`${what} for ${milliseconds / 1000} s`);
    this.#timer = setTimeout(() => this.#giveUp(error()), milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The body of an answer. The time that its reader takes is no silence. */
class Body implements AsyncIterableIterator<Uint8Array> {
  readonly #response: http.IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #silence: Silence;
  readonly #stall: number;

  constructor(response: http.IncomingMessage, silence: Silence, stall: number) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    this.#silence = silence;
    this.#stall = stall;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    this.#silence.start('the answer has stalled', this.#stall);
    try {
      return await this.#chunks.next();
    } finally {
      this.#silence.end();
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#silence.end();
    if (!this.#response.readableEnded) this.#response.on('error', () => {}).destroy();
    return { done: true, value: undefined };
  }
}

/** Several headers of one name as one, as RFC 9110 section 5.3 has it. */
function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]));
}
