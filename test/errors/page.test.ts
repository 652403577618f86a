import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_HELP } from '../../src/error-help/index.ts';
import { ERROR_EXIT_CODES } from '../../src/errors.ts';
import { errorsPage } from '../support/errors-page.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/errors.md');
const codes = Object.keys(ERROR_EXIT_CODES);

describe('the page of errors', () => {
  test('is current: `npx vitest run test/errors -u` writes it', async () => {
    await expect(errorsPage()).toMatchFileSnapshot(PAGE);
  });

  test('has every code once, below its exit code', () => {
    const text = readFileSync(PAGE, 'utf8');
    const found = text.split(/^## /m).flatMap((part) => {
      const exitCode = Number(/^Exit code (\d+)/.exec(part)?.[1]);
      return [...part.matchAll(/^### (\S+)$/gm)].map(([, code]) => [code, exitCode] as const);
    });
    expect(Object.fromEntries(found)).toEqual(ERROR_EXIT_CODES);
    expect(found).toHaveLength(codes.length);
  });

  test('its links lead somewhere', () => {
    const text = readFileSync(PAGE, 'utf8');
    const anchors = [...text.matchAll(/^### (\S+)$/gm)].map(([, code]) => `#${code!.toLowerCase()}`);
    expect([...text.matchAll(/\]\((#[^)]+)\)/g)].map(([, to]) => to).sort()).toEqual(anchors.sort());
  });
});

describe('the words of a code', () => {
  test.each(Object.entries(ERROR_HELP))('%s', (_code, { title, means, todo }) => {
    expect(title).toMatch(/^(?:[a-z]|[A-Z0-9]{2}|SYSLINUX|QEMU).*[^.]$/);
    expect(title.length).toBeLessThan(80);
    for (const text of [means, todo]) expect(text).toMatch(/^\S.*\.$/);
    expect(means.length).toBeLessThan(260);
    expect(todo.length).toBeLessThan(260);
  });
});
