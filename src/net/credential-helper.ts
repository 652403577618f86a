import { spawn } from 'node:child_process';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';
import type { RegistryCredentials } from './docker-config.ts';

/** Milliseconds that a helper may take: it may have to ask a keyring, but not a person for ever. */
const TIME_LIMIT = 30_000;

/** More is no answer. */
const LONGEST_ANSWER = 1 << 20;

/** The user name that says that the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * Asks the program `docker-credential-NAME` for a registry's credentials, by the protocol of
 * docker-credential-helpers: the server on stdin, JSON on stdout.
 *
 * @returns undefined when the helper has none
 * @throws RB_UNAUTHORIZED when there is no such program, or it fails
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<RegistryCredentials | undefined> {
  const program = `docker-credential-${name}`;
  // The name comes out of a file: it names a program on PATH, and no other.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw failed(JSON.stringify(name), 'it is no name of a helper');
  const { code, output } = await run(program, server, host);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(program, code === null ? 'it took too long' : `it ended with exit code ${code}`);
  }
  const answer = parse(output);
  if (!answer) throw failed(program, 'its answer is not the JSON of a credential helper');
  const { Username: username, Secret: secret } = answer;
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
}

function run(
  program: string,
  server: string,
  { env, signal }: Pick<Host, 'env' | 'signal'>,
): Promise<{ code: number | null; output: string }> {
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
      signal,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > LONGEST_ANSWER) child.kill('SIGKILL');
    });
    child.once('error', (error) => {
      const isMissing = isSystemError(error, 'ENOENT');
      if (signal.aborted) reject(signal.reason as Error);
      else reject(failed(program, isMissing ? 'there is no such program on PATH' : error.message));
    });
    child.once('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => {}); // A helper may end without reading.
    child.stdin.end(server);
  });
}

function parse(output: string): { Username: string; Secret: string } | undefined {
  try {
    const answer = JSON.parse(output) as { Username?: unknown; Secret?: unknown } | null;
    if (typeof answer?.Username !== 'string' || typeof answer.Secret !== 'string') return undefined;
    return { Username: answer.Username, Secret: answer.Secret };
  } catch {
    return undefined;
  }
}

function failed(program: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_UNAUTHORIZED', `the credential helper ${program} gives nothing: ${why}`, {
    hint: 'it is named by credsStore or credHelpers in the config.json of docker login',
  });
}
