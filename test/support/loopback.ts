import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server on loopback whose answers a test decides, and which remembers what it was asked. */
export class Loopback {
  /** Answers every request. */
  answer: (request: IncomingMessage, response: ServerResponse) => unknown = (_, response) => response.end();
  readonly seen: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(make: (listener: RequestListener) => Server = createServer): Promise<Loopback> {
    let loopback: Loopback;
    const server = make((request, response) => {
      loopback.seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      loopback.answer(request, response);
    });
    loopback = new Loopback(server);
    server.on('connection', (socket) => {
      loopback.#sockets.add(socket);
      socket.once('close', () => loopback.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `host:port` */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get server(): Server {
    return this.#server;
  }

  url(path = '/'): string {
    return `http://${this.host}${path}`;
  }

  /** Answers with the given functions, one after the other; the last one stays. */
  inTurn(...answers: ((request: IncomingMessage, response: ServerResponse) => unknown)[]): void {
    let at = 0;
    this.answer = (request, response) => {
      const answer = answers[Math.min(at, answers.length - 1)]!;
      at += 1;
      answer(request, response);
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
