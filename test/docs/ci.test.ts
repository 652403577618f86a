import { describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, fileNameOf } from '../support/document.ts';
import { readDocument } from '../support/documents.ts';
import { exampleSuite } from '../support/example-suite.ts';
import { judge, oracle } from '../support/oracle.ts';
import { FILES } from './exceptions.ts';

const product = inject('product');
const tools = ['qemu-system-x86_64', 'apt-get', 'docker-registry', 'skopeo', 'umoci', 'openssl'];

interface GitHubJob {
  readonly 'runs-on': string;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

interface GitLabJob {
  readonly before_script: readonly string[];
  readonly script: readonly string[];
}

interface GitLabFile {
  readonly variables: Readonly<Record<string, string>>;
  readonly cache: { readonly paths: readonly string[] };
  readonly 'image-of-alpine': GitLabJob;
}

interface Pod {
  readonly spec: {
    readonly containers: readonly {
      readonly command: readonly string[];
      readonly args: readonly string[];
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly volumeMounts: readonly { readonly name: string }[];
      readonly securityContext: Readonly<Record<string, unknown>>;
    }[];
    readonly volumes: readonly { readonly name: string }[];
    readonly securityContext: Readonly<Record<string, unknown>>;
  };
}

const files = new Map(
  blocksOf(readDocument('docs/ci.md')).map((block) => [fileNameOf(block), parse(block.text) as unknown]),
);

const workflow = files.get('.github/workflows/image.yml') as { jobs: Readonly<Record<string, GitHubJob>> };
const pipeline = files.get('.gitlab-ci.yml') as GitLabFile;
const pod = files.get('pod.yaml') as Pod;
const [container] = pod.spec.containers;

const gitHub = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
const gitLab = [...pipeline['image-of-alpine'].before_script, ...pipeline['image-of-alpine'].script];
const kubernetes = container!.args.flatMap((script) => script.trimEnd().split('\n'));

/** What sets a machine of the service up, and would change this one. */
const SET_UP = /^(?:npm ci|(?:sudo )?apt-get update && (?:sudo )?apt-get install )/;

describe('the files', () => {
  it('are all there, and nothing else', () => {
    expect([...files.keys()]).toEqual(['.github/workflows/image.yml', '.gitlab-ci.yml', 'pod.yaml']);
  });

  it.each([...gitHub, ...gitLab, ...container!.args])('have commands that a shell reads: %s', (command) => {
    judge('sh', ['-n', '-c', command]);
  });

  it('keep the store where the commands have it, and need no privileges', () => {
    expect(JSON.stringify(workflow)).toContain('"path":"~/.cache/rootless-bake"');
    expect(pipeline.variables['RB_CACHE_DIR']).toBe(`$CI_PROJECT_DIR/${pipeline.cache.paths[0]}`);
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container!.volumeMounts.map(({ name }) => name)).toEqual(pod.spec.volumes.map(({ name }) => name));
  });
});

oracle({ tools, files: [product.alpine], root: true })('the commands', () => {
  const { newSandbox } = exampleSuite(product);
  /** What one service has run, another need not run again: of one lock comes one image. */
  const boots = new Set<string>();

  it.each([
    ['of GitHub Actions', gitHub],
    ['of GitLab CI', gitLab],
    ['of a pod', kubernetes],
  ])('%s bake, boot and push what the lock pins', async (_, commands) => {
    const sandbox = newSandbox();
    try {
      for (const [name, content] of Object.entries(FILES['*']!)) sandbox.write(name, content);
      const steps = ['rootless-bake lock cake.yaml', ...commands.filter((line) => !SET_UP.test(line))];
      for (const step of steps.filter((line) => !boots.has(line))) {
        if (step.includes(' boot ')) boots.add(step);
        // The pod's folders are volumes of a cluster.
        const here = step.replaceAll('/recipe/', '').replace('"$TMPDIR"', 'tmp');
        const { status, output } = await sandbox.run(here);
        expect(status, `${here}\n${output}`).toBe(0);
      }
    } finally {
      sandbox.remove();
    }
  });
});
