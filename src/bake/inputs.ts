import { forKey } from '../errors.ts';
import type { Steps } from '../events.ts';
import { type SourceMeans, watchStore } from '../sources/means.ts';
import type { ContentSink } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { type Bootloader, readBootloader } from './bootloader.ts';
import { type Busybox, findBusybox } from './busybox.ts';
import { type Kernel, readKernel } from './kernel.ts';
import { type BakeOptions, DEFAULT_BOOTLOADER } from './options.ts';

/** What a bake takes beside the cooked root. */
export interface BakeInputs {
  readonly kernel: Kernel;
  readonly busybox: Busybox;
  readonly bootloader: Bootloader;
}

/**
 * Reads what a bake takes beside the cooked root.
 *
 * @throws what {@link readKernel}, {@link findBusybox} and {@link readBootloader} throw
 */
export async function readBakeInputs(
  options: Pick<BakeOptions, 'kernel' | 'busybox' | 'bootloader'>,
  root: Tree,
  sink: ContentSink,
  means: SourceMeans,
  steps: Steps,
): Promise<BakeInputs> {
  const read = <T>(step: string, work: () => Promise<T>, detail: (result: T) => string): Promise<T> => {
    const facts = watchStore(means);
    return steps.run(step, work, (result) => ({ ...facts(), detail: detail(result) }));
  };
  const kernel = await read(
    'kernel',
    () => forKey(keyOf('kernel', options.kernel), () => readKernel(options.kernel, sink, means)),
    ({ release }) => release,
  );
  const busybox = await read(
    'busybox',
    () => forKey(keyOf('busybox', options.busybox), () => findBusybox(options.busybox, root, sink, means)),
    ({ origin }) => origin,
  );
  const bootloader = await read(
    'boot loader',
    () =>
      forKey(keyOf('bootloader', options.bootloader), () =>
        readBootloader(options.bootloader ?? DEFAULT_BOOTLOADER, sink, means),
      ),
    ({ origin }) => origin,
  );
  return { kernel, busybox, bootloader };
}

/** What names an input: a package, or a file. */
const NAMES = ['deb', 'apk', 'vmlinuz', 'extlinux', 'path'];

function keyOf(part: string, input: object = {}): string {
  const name = NAMES.find((key) => key in input);
  return name === undefined ? `bake.${part}` : `bake.${part}.${name}`;
}
