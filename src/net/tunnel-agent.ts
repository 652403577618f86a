import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { proxyAuthorization } from './proxy.ts';

type OnConnection = (error: Error | null, socket?: Duplex) => void;

/** An agent for https URLs whose connections go through a proxy, by CONNECT (RFC 9110, section 9.3.6). */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  // It is not in the types, but in the documentation of http.Agent: the socket may come by the callback.
  override createConnection(options: tls.ConnectionOptions, callback: OnConnection): undefined {
    const proxy = this.#proxy;
    const target = `${options.host?.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
    const connect = (proxy.protocol === 'https:' ? https : http).request({
      hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyAuthorization(proxy) },
      agent: false,
    });
    connect.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        const status = `${response.statusCode} ${response.statusMessage}`.trim();
        callback(new Error(`the proxy ${proxy.host} gives no connection to ${target}: ${status}`));
        return;
      }
      this.#encrypt(socket as Socket, options, callback);
    });
    connect.once('error', (error) =>
      callback(new Error(`the proxy ${proxy.host}: ${error.message}`, { cause: error })),
    );
    connect.end();
    return undefined;
  }

  /** The request waits for the end of the handshake itself. */
  #encrypt(socket: Socket, options: tls.ConnectionOptions, callback: OnConnection): void {
    const { servername } = options;
    callback(null, tls.connect({ ...options, socket, ...(servername && { servername }) }));
  }
}
