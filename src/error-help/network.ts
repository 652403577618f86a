import type { EntriesOf } from './entry.ts';

/** Exit code 3: something was to be had from elsewhere, and was not. */
export const NETWORK: EntriesOf<3> = {
  RB_APT_FAILED: {
    title: 'apt could not fetch a package',
    means:
      "apt, which looks up and fetches Debian's packages of a recipe, failed, or has another version than the lock pins.",
    todo: 'Check the network and the apt sources of this machine, or name a downloaded .deb file by its path.',
  },
  RB_NETWORK: {
    title: 'a server could not be reached, or did not send',
    means:
      'A request failed after several tries: no connection, no such host, no answer, a certificate that is not trusted, or an answer such as 404.',
    todo: 'Check the URL, the network and the proxy variables (http_proxy, https_proxy, no_proxy), then run it again: what has come is kept.',
  },
  RB_OFFLINE: {
    title: 'something is not here, and --offline was given',
    means: 'An input is neither in the store nor in the cache, and nothing may be asked of the network.',
    todo: 'Run the command once without --offline; what it fetches is kept.',
  },
  RB_PUSH_REFUSED: {
    title: 'a registry refuses what is pushed',
    means:
      'The registry answered a push with an error: no such repository, a tag that cannot be moved, too large, or another protocol.',
    todo: 'Check the reference; the words of the registry are in the message.',
  },
  RB_UNAUTHORIZED: {
    title: 'a server wants other credentials',
    means:
      'A server, registry or proxy answered 401, 403 or 407, or the credentials that are kept cannot be read.',
    todo: 'Log in by docker login (or podman, skopeo), or give credentials in ~/.netrc or in the URL.',
  },
};
