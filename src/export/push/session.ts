import type { ImageReference } from '../../formats/oci/index.ts';
import type { Host } from '../../host.ts';
import type { Net, NetRequest, NetResponse } from '../../net/net.ts';
import { discard } from '../../net/transport.ts';
import { authorizationFor } from '../../sources/oci/authorization.ts';
import { refusal } from './refusal.ts';

export interface RegistryRequest extends Pick<NetRequest, 'method' | 'headers' | 'body' | 'what'> {
  /** Below `/v2/`, or a URL that the registry itself gave. */
  readonly url: string;
  /** Statuses beside 2xx that are no refusal. */
  readonly statuses?: readonly number[];
}

/** Answers that another attempt does not change: told in the registry's own words, not in those of the network. */
const REFUSALS = Array.from({ length: 100 }, (_, index) => 400 + index).filter(
  (status) => ![408, 425, 429].includes(status),
);
const NOT_IMPLEMENTED = 501;

/**
 * Speaks to one repository of a registry (distribution-spec) as somebody who may push there. Credentials are
 * those that `docker login` has left; they are sent when the registry asks for them, and to itself only.
 */
export class RegistrySession {
  /** As it is shown: `registry/repository`. */
  readonly name: string;
  readonly registry: string;
  readonly net: Net;
  readonly #reference: ImageReference;
  readonly #host: Pick<Host, 'env' | 'signal'>;
  readonly #base: URL;
  readonly #scopes: readonly string[];
  /** The `Authorization` header, once the registry has asked for one. */
  #authorization: Promise<string | undefined> = Promise.resolve(undefined);

  /** @param sources other repositories of the registry that blobs may be taken over from */
  constructor(
    reference: ImageReference,
    sources: readonly string[],
    net: Net,
    host: Pick<Host, 'env' | 'signal'>,
  ) {
    const { registry, repository, isPlain } = reference;
    this.name = `${registry}/${repository}`;
    this.registry = registry;
    this.net = net;
    this.#reference = reference;
    this.#host = host;
    this.#base = new URL(`${isPlain ? 'http' : 'https'}://${registry}/v2/`);
    this.#scopes = [
      `repository:${repository}:pull,push`,
      ...sources.map((source) => `repository:${source}:pull`),
    ];
  }

  /** URL of something in the repository. */
  url(path: string): string {
    return new URL(`${this.#reference.repository}/${path}`, this.#base).href;
  }

  /** Asks the registry whether it is one and takes our credentials. @throws as {@link send} */
  async check(): Promise<void> {
    const request = { url: this.#base.href, what: 'to be spoken to' };
    await discard(await this.net.again(() => this.send(request)));
  }

  /**
   * Sends a request once. A token that is missing, has expired or does not do is asked for.
   *
   * @throws RB_UNAUTHORIZED, RB_PUSH_REFUSED, RB_DIGEST_MISMATCH for what the registry refuses, in its words
   * @throws RB_NETWORK for what may be tried again
   */
  async send(request: RegistryRequest): Promise<NetResponse> {
    const isOwn = new URL(request.url).origin === this.#base.origin;
    const used = this.#authorization;
    const first = await this.#attempt(request, isOwn ? await used : undefined);
    const challenge = first.headers['www-authenticate'];
    if (first.status !== 401 || challenge === undefined || !isOwn) return await this.#accept(first, request);
    await discard(first);
    if (this.#authorization === used) {
      const access = { ...this.#reference, scopes: this.#scopes };
      this.#authorization = authorizationFor(challenge, access, this.net, this.#host);
    }
    return await this.#accept(await this.#attempt(request, await this.#authorization), request);
  }

  #attempt(
    { statuses: _, headers, ...request }: RegistryRequest,
    authorization: string | undefined,
  ): Promise<NetResponse> {
    return this.net.once({
      ...request,
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      statuses: [...REFUSALS, NOT_IMPLEMENTED],
    });
  }

  async #accept(response: NetResponse, { statuses = [], what }: RegistryRequest): Promise<NetResponse> {
    const { status } = response;
    if ((status >= 200 && status < 300) || statuses.includes(status)) return response;
    throw await refusal(response, what, this.name, this.registry);
  }
}
