import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** What a page did. */
export interface PageLog {
  /** A line for each call of `console.log`, its values joined by spaces. */
  readonly output: string[];
  /** Other console messages, uncaught exceptions, and what the browser itself complains of. */
  readonly errors: string[];
  /** The URL of every request. */
  readonly requests: string[];
}

type Event = { method: string; params: Record<string, never> };
type Reply = { id: number; result?: never; error?: { message: string } };

/**
 * Headless Chromium with a page, driven by the DevTools protocol over a pipe (file descriptors 3 and 4, messages
 * that end in NUL), as `--remote-debugging-pipe` has it.
 */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #onEvent: (event: Event) => void = () => {};
  #session: string | undefined;
  #count = 0;

  private constructor(program: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'rootless-bake-chromium-'));
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update'];
    const place = [`--user-data-dir=${this.#profile}`, '--remote-debugging-pipe', 'about:blank'];
    this.#child = spawn(program, [...flags, ...quiet, ...place], {
      env: { ...process.env, HOME: this.#profile },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#commands = this.#child.stdio[3] as Writable;
    let rest = '';
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
    this.#child.once('exit', (code) => {
      for (const [id, reply] of this.#waiting) reply({ id, error: { message: `Chromium ended: ${code}` } });
    });
  }

  static async start(program: string): Promise<Chromium> {
    const browser = new Chromium(program);
    const { targetId } = await browser.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.#send(`${domain}.enable`);
    return browser;
  }

  /**
   * Loads a page, imports a module there and waits for its end.
   * @param module its URL, relative to the page's
   */
  async run(page: string, module: string): Promise<PageLog> {
    const log: PageLog = { output: [], errors: [], requests: [] };
    const loaded = new Promise<void>((resolve) => {
      this.#onEvent = (event) => {
        note(event, log);
        if (event.method === 'Page.loadEventFired') resolve();
      };
    });
    const { errorText } = await this.#send('Page.navigate', { url: page });
    if (errorText) throw new Error(`${page}: ${errorText}`);
    await loaded;
    const expression = `import(new URL(${JSON.stringify(module)}, location))`;
    const { exceptionDetails } = await this.#send('Runtime.evaluate', { expression, awaitPromise: true });
    if (exceptionDetails) log.errors.push(describe(exceptionDetails));
    return log;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20 });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the protocol's results are many and untyped here
  #send(method: string, params: object = {}): Promise<any> {
    const id = ++this.#count;
    const sessionId = this.#session;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  #receive(message: Reply | Event): void {
    if ('id' in message) this.#waiting.get(message.id)?.(message);
    else this.#onEvent(message);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: see above
function note({ method, params }: { method: string; params: any }, log: PageLog): void {
  if (method === 'Network.requestWillBeSent') log.requests.push(params.request.url);
  if (method === 'Log.entryAdded') log.errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
  if (method === 'Runtime.exceptionThrown') log.errors.push(describe(params.exceptionDetails));
  if (method !== 'Runtime.consoleAPICalled') return;
  const line = params.args
    .map(({ value, description }: { value?: unknown; description?: string }) => value ?? description)
    .join(' ');
  (params.type === 'log' ? log.output : log.errors).push(line);
}

function describe(details: { text: string; exception?: { description?: string } }): string {
  return `${details.text} ${details.exception?.description ?? ''}`;
}
