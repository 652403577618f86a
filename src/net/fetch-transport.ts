import type { Transport } from './transport.ts';

/** Carries requests over a `fetch` that was given to the run. It knows neither our proxies nor our timeouts. */
export function fetchTransport(fetch: typeof globalThis.fetch): Transport {
  return async ({ url, method, headers, body, signal }) => {
    const response = await fetch(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body && { body: await collect(body.open()) }),
    });
    const received = Object.fromEntries(response.headers);
    if ('content-encoding' in received) {
      // What fetch gives is decoded already, and of another length.
      delete received['content-encoding'];
      delete received['content-length'];
    }
    return {
      status: response.status,
      statusText: response.statusText,
      headers: received,
      body: bodyOf(response),
    };
  };
}

function bodyOf({ body }: Response): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      if (!body) return (async function* (): AsyncGenerator<Uint8Array, void, undefined> {})();
      const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
      return {
        next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function collect(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts);
}
