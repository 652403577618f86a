import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Chromium, type PageLog } from '../support/chromium.ts';
import { type Example, examplesOf } from '../support/fenced-blocks.ts';
import { type InstalledPackage, installExt2fsWasm } from '../support/npm-package.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const examples = examplesOf(readFileSync(join(PROJECT, 'wasm/README.md'), 'utf8'));
const forBrowsers = examples.filter(({ platform }) => platform !== 'node');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

oracle({ tools: ['chromium'] })('ext2fs-wasm in headless Chromium', () => {
  let installed: InstalledPackage;
  let browser: Chromium;
  const servers: Server[] = [];

  beforeAll(async () => {
    installed = installExt2fsWasm(ordinaryUser());
    browser = await Chromium.start(findTool('chromium')!);
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close().closeAllConnections();
    rmSync(installed.folder, { recursive: true, force: true });
  });

  it('has examples to run', () => {
    expect(forBrowsers.length).toBeGreaterThan(1);
  });

  it.each(forBrowsers)("the README's example of line $line runs without a bundler", async (example) => {
    const site = join(installed.folder, 'site');
    mkdirSync(join(site, 'assets'), { recursive: true });
    cpSync(installed.root, join(site, 'ext2fs-wasm'), { recursive: true });
    cpSync(join(installed.root, 'dist/ext2fs.wasm'), join(site, 'assets/ext2fs.wasm'));
    const imports = { 'ext2fs-wasm': '/ext2fs-wasm/dist/src/index.js' };
    writeFileSync(
      join(site, 'index.html'),
      `<!doctype html><title>t</title><link rel="icon" href="data:,">
      <script type="importmap" nonce="n">${JSON.stringify({ imports })}</script>`,
    );
    writeFileSync(join(site, 'example.js'), example.code);
    const page = await serve(site);
    expectRun(await browser.run(page, 'example.js'), example, page);
  });

  it("the README's first example runs out of a bundle of Vite's", async () => {
    const example = forBrowsers[0]!;
    const app = join(installed.folder, 'app');
    mkdirSync(app);
    cpSync(installed.root, join(app, 'node_modules/ext2fs-wasm'), { recursive: true });
    writeFileSync(join(app, 'main.js'), example.code);
    const build = { target: 'esnext', rollupOptions: { input: 'main.js' } };
    writeFileSync(
      join(app, 'vite.config.mjs'),
      `export default { base: './', build: ${JSON.stringify(build)} };`,
    );
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    const run = execFileSync(process.execPath, [viteProgram(), 'build'], {
      cwd: app,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(run).not.toMatch(/warn|externalized/i);
    const site = join(app, 'dist');
    writeFileSync(join(site, 'index.html'), '<!doctype html><title>t</title><link rel="icon" href="data:,">');
    const [bundle] = readdirSync(join(site, 'assets')).filter((name) => name.endsWith('.js'));
    const page = await serve(site);
    expectRun(await browser.run(page, `assets/${bundle}`), example, page);
  });

  /** Serves a folder on the loopback interface, and nothing from elsewhere may load; gives the page's URL. */
  async function serve(folder: string): Promise<string> {
    const server = createServer((request, response) => {
      const path = join(
        folder,
        new URL(request.url!, 'http://loopback').pathname.replace(/\/$/, '/index.html'),
      );
      try {
        const body = readFileSync(path);
        const policy = "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval' 'nonce-n'";
        response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
        response.setHeader('content-security-policy', policy).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
});

/** The command of the Vite that vitest brings. */
function viteProgram(): string {
  const ofVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  return join(ofVitest.resolve('vite/package.json'), '../bin/vite.js');
}

function expectRun({ output, errors, requests }: PageLog, example: Example, page: string): void {
  expect(errors).toEqual([]);
  expect(`${output.join('\n')}\n`).toBe(example.output);
  expect(requests).toContainEqual(expect.stringMatching(/\.wasm$/));
  expect(requests.filter((url) => !url.startsWith(page) && !url.startsWith('data:'))).toEqual([]);
}
