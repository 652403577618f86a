import { type Browser, chromium, type Page } from 'playwright-core';
import { findTool } from './oracle.ts';

/** Milliseconds for whatever is waited for: a busy machine is slow. */
const PATIENCE = 5 * 60_000;

/** Starts the browser that is installed here. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findTool('chromium')!;
  return await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: PATIENCE });
}

export interface PageOptions {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly script?: boolean;
}

/** An opened page, and all that it did which a page that minds its own business does not do. */
export interface OpenedPage {
  readonly page: Page;
  /** Messages of the console, uncaught errors, dialogs, requests but for the page itself. */
  readonly complaints: readonly string[];
}

/** Opens a file, with every request intercepted. */
export async function openPage(
  browser: Browser,
  path: string,
  options: PageOptions = {},
): Promise<OpenedPage> {
  const { width = 1280, scheme = 'light', script = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: scheme,
    javaScriptEnabled: script,
  });
  context.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  const url = `file://${path}`;
  await context.route(
    () => true,
    async (route) => {
      if (route.request().url() === url) return await route.continue();
      complaints.push(`request: ${route.request().url()}`);
      return await route.abort();
    },
  );
  const page = await context.newPage();
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', async (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints };
}
