import { RootlessBakeError } from '../../errors.ts';
import type { NetResponse } from '../../net/net.ts';

/** The most of an answer that is read for its words, in bytes. */
const LIMIT = 64 * 1024;
const MAXIMUM_WORDS = 300;

/** An error as registries tell it: distribution-spec, error codes. */
interface Told {
  readonly codes: readonly string[];
  readonly words: string;
}

/**
 * The error for what a registry refuses, in its own words.
 *
 * @param what it refuses, as in `refuses …`
 * @param name of the repository
 */
export async function refusal(
  response: NetResponse,
  what: string,
  name: string,
  registry: string,
): Promise<RootlessBakeError> {
  const { status, statusText } = response;
  const { codes, words } = await read(response);
  const message = `${name} refuses ${what}: ${`${status} ${statusText}`.trim()}${words && `: ${words}`}`;
  if (status === 401) {
    const hint = `log in by docker login ${registry}, podman login or skopeo login`;
    return new RootlessBakeError('RB_UNAUTHORIZED', message, { hint });
  }
  if (status === 403) {
    const hint = `whoever is logged in at ${registry} may not push there, or has used up a quota`;
    return new RootlessBakeError('RB_UNAUTHORIZED', message, { hint });
  }
  if (codes.includes('DIGEST_INVALID')) {
    const hint = 'the bytes have changed on their way: push again';
    return new RootlessBakeError('RB_DIGEST_MISMATCH', message, { hint });
  }
  return new RootlessBakeError('RB_PUSH_REFUSED', message, { hint: HINTS[status] ?? OTHER });
}

const HINTS: Readonly<Record<number, string>> = {
  404: 'check the name; some registries want a repository to be made first',
  405: 'the registry can only be read from, or has tags that cannot be moved',
  409: 'the tag is there already and cannot be moved: give another one',
  413: 'the registry, or a proxy before it, takes no more: raise its limit or its quota',
};
const OTHER = 'Check the name; else ask whoever runs the registry.';

async function read({ body }: NetResponse): Promise<Told> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      size += part.length;
      if (size > LIMIT) break;
      parts.push(part);
    }
  } catch {
    // The status says enough.
  }
  return parse(Buffer.concat(parts).toString('utf8'));
}

function parse(text: string): Told {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { codes: [], words: '' };
  }
  const { errors } = (document ?? {}) as { errors?: unknown };
  const items = (Array.isArray(errors) ? errors : []).map(
    (item: unknown) => (item ?? {}) as { code?: unknown; message?: unknown },
  );
  const strings = (value: unknown) => (typeof value === 'string' && value !== '' ? [value] : []);
  return {
    codes: items.flatMap(({ code }) => strings(code)),
    words: items
      .map(({ code, message }) => [...strings(code), ...strings(message)].join(': '))
      .filter((line) => line !== '')
      .join('; ')
      .slice(0, MAXIMUM_WORDS),
  };
}
