import type { Host } from '../../src/host.ts';
import type { Net } from '../../src/net/net.ts';
import type { SourceMeans } from '../../src/sources/means.ts';
import { Pins } from '../../src/sources/pins.ts';

/** Means over a network that the test has made, such as one without retries. */
export function meansOf(host: Host, net: Net, pins: Pins = new Pins()): SourceMeans {
  return { host, store: net.store, pins, net: async () => net };
}
