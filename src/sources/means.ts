import type { StepFacts } from '../events.ts';
import type { Host } from '../host.ts';
import type { Net } from '../net/net.ts';
import { Store } from '../store/store.ts';
import { Pins } from './pins.ts';

/** What sources work with: one for a whole run, so that connections, limits and progress are shared. */
export interface SourceMeans {
  readonly host: Host;
  readonly store: Store;
  readonly pins: Pins;
  /** The network; its code is loaded when it is first asked for. */
  readonly net: () => Promise<Net>;
}

/**
 * Watches what is asked of the store from now on. What comes back tells the facts of a step: `cached` when something
 * was taken out of the store, and nothing had to be fetched or made.
 */
export function watchStore({ store }: SourceMeans): () => Pick<StepFacts, 'cached'> {
  const { found, made } = store.tally;
  return () => (store.tally.found > found && store.tally.made === made ? { cached: true } : {});
}

export function sourceMeans(host: Host, pins: Pins = new Pins()): SourceMeans {
  const store = Store.of(host);
  let net: Promise<Net> | undefined;
  return {
    host,
    store,
    pins,
    net: () => {
      net ??= import('../net/net.ts').then((module) => new module.Net(host, { store }));
      return net;
    },
  };
}
