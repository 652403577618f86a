import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { builtInCakes } from '../../src/recipe/load.ts';
import {
  type Block,
  blocksOf,
  commandsOf,
  fileNameOf,
  outputPattern,
  type ShownCommand,
} from '../support/document.ts';
import { DOCUMENTS, isInProject, readDocument } from '../support/documents.ts';
import { exampleSuite } from '../support/example-suite.ts';
import { oracle } from '../support/oracle.ts';
import type { Sandbox } from '../support/sandbox.ts';
import { freePort } from '../support/ssh.ts';
import { ENDLESS, FILES, NOT_RUN } from './exceptions.ts';

const product = inject('product');
const tools = ['qemu-system-x86_64', 'apt-get', 'docker-registry', 'skopeo', 'umoci', 'openssl', 'proot'];
const KNOWN = ['', 'console', 'sh', 'yaml', 'ts', 'json'];

describe('links of', () => {
  it.each(DOCUMENTS)('%s lead somewhere', (document) => {
    const targets = [...readDocument(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target!,
    );
    const local = targets.filter((target) => !/^\w+:/.test(target));
    expect(local.filter((target) => !isInProject(join(dirname(document), target)))).toEqual([]);
  });
});

describe('docs/README.md', () => {
  const index = readDocument('docs/README.md');

  it('names every page', () => {
    const pages = DOCUMENTS.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(pages.filter((path) => !index.includes(`](${path.slice('docs/'.length)})`))).toEqual([]);
  });

  it('names every built-in cake', () => {
    const cakes = builtInCakes().filter((name) => !index.includes(`](../fixtures/cakes/${name}.yaml)`));
    expect(cakes).toEqual([]);
  });
});

oracle({ tools, files: [product.alpine], root: true })('what is shown in', () => {
  const { newSandbox, strangers } = exampleSuite(product);
  const used = new Set<unknown>();

  const withBlocks = DOCUMENTS.filter((document) => blocksOf(readDocument(document)).length > 0);
  describe.each(withBlocks)('%s', (document) => {
    let sandbox: Sandbox;
    beforeAll(() => {
      sandbox = newSandbox();
      for (const [name, content] of Object.entries({ ...FILES['*'], ...FILES[document] })) {
        sandbox.write(name, content);
      }
    });
    afterAll(() => sandbox?.remove());

    const blocks = blocksOf(readDocument(document));
    it.each(blocks.map((block) => [block.line, block] as const))('line %i', async (_, block) => {
      expect(KNOWN).toContain(block.language);
      const reason = NOT_RUN.find(({ start }) => block.text.startsWith(start));
      if (reason) {
        used.add(reason);
        return;
      }
      const name = fileNameOf(block);
      if (block.language === 'console') for (const command of commandsOf(block)) await show(command);
      if (block.language === 'sh') expect(await sandbox.run(block.text)).toMatchObject({ status: 0 });
      if (block.language === 'yaml' && name) sandbox.write(name, block.text);
      if (block.language === 'ts') await runCode(block);
      if (block.language === 'json') for (const line of block.text.trim().split('\n')) JSON.parse(line);
    });

    async function show({ line, command, output }: ShownCommand): Promise<void> {
      const reason = NOT_RUN.find(({ start }) => command.startsWith(start));
      const endless = ENDLESS.find(({ is }) => is.test(command));
      for (const exception of [reason, endless]) if (exception) used.add(exception);
      if (reason) return;
      // A port that the reader has free need not be so here.
      const here = command.replace(/(?<=--forward )\d+/, String(await freePort()));
      const printed = await sandbox.run(here, endless?.until);
      if (process.env['RB_SHOW_DOCUMENTS'])
        process.stderr.write(`\n${document}:${line} $ ${command}\n${printed.output}`);
      const fails = /^error\[/m.test(output);
      expect(printed.status === 0, `${document}:${line}: ${command}\n${printed.output}`).toBe(!fails);
      if (output !== '') expect(printed.output, `${document}:${line}`).toMatch(outputPattern(output));
    }

    async function runCode({ text, line }: Block): Promise<void> {
      const { status, output } = await sandbox.runTypeScript(text);
      expect(status, `${document}:${line}\n${output}`).toBe(0);
    }
  });

  it('is run but for what needs to be excepted', () => {
    expect([...NOT_RUN, ...ENDLESS].filter((exception) => !used.has(exception))).toEqual([]);
    expect(strangers().filter((url) => !url.endsWith('.deb'))).toEqual([]);
  });
});
