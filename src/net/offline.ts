import { RootlessBakeError } from '../errors.ts';
import { redactUrl } from './url.ts';

/** The error for what would have to be asked of the network. */
export function offlineError(url: string): RootlessBakeError {
  return new RootlessBakeError(
    'RB_OFFLINE',
    `${redactUrl(url)} is not in the store, and the run is offline`,
    {
      hint: 'run the command once without --offline',
    },
  );
}
