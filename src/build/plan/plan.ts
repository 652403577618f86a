import { existsSync } from 'node:fs';
import { type BakeOptions, DEFAULT_BOOTLOADER, DEFAULT_HEADROOM, DEFAULT_UUID } from '../../bake/options.ts';
import type { Host } from '../../host.ts';
import type { Cake } from '../../recipe/cake.ts';
import type { ResultBlob } from '../../store/results.ts';
import { checkInputs } from '../check-inputs.ts';
import { bakeInputs, cookInputs } from '../local-inputs.ts';
import type { BuildOptions } from '../options.ts';
import { Build } from '../session.ts';
import { plannedInput, totalsOf } from './inputs.ts';
import type { PlannedCake, PlannedImage, PlannedInput, PlannedRoot } from './planned.ts';
import { type PlannedRequest, requestsOf } from './requests.ts';
import { cookSteps } from './steps.ts';
import { plannedTools } from './tools.ts';

/** What is planned, and where its image would go. */
export interface PlanOptions extends Pick<BuildOptions, 'lockFile' | 'locked' | 'rebuild'> {
  /** Path of the image. Default: the recipe's name and `.img`. */
  readonly output?: string | undefined;
}

/**
 * Tells what a bake, or the cook of a recipe that only cooks, would fetch, cook and bake, and what the store has of it
 * already. Nothing is cooked, the network is never asked, and only records of the store are written.
 *
 * @throws RB_INPUT_NOT_FOUND for files that the recipe names; what the lock throws; RB_STORE_UNUSABLE
 */
export async function planCake(cake: Cake, options: PlanOptions, host: Host): Promise<PlannedCake> {
  checkInputs(cake);
  const { output = `${cake.name}.img`, rebuild = false, ...locking } = options;
  const { means, kept, session } = await Build.open(cake, locking, host);
  const image = rebuild || !cake.bake ? undefined : await kept.findImage();
  const root = rebuild || image ? undefined : await kept.findRoot();
  const last = await kept.lastPins();
  const requests = await requestsOf(cake, means);
  const planned: PlannedInput[] = [];
  for (const request of requests) planned.push(await plannedInput(request, last, means));
  // A lock, or a run before, has the spare ones that were needed.
  const isTold = session.lock !== undefined || last.length > 0;
  const inputs = planned.filter(({ isSpare, knownBy }) => !(isSpare && isTold && knownBy === undefined));
  const plannedRoot: PlannedRoot = {
    action: image ? 'skip' : root ? 'restore' : 'make',
    ...(root && { sha256: root.sha256 }),
    steps: cookSteps(cake.cook),
  };
  return {
    name: cake.name,
    lock: { ...(session.path !== undefined && { path: session.path }), exists: session.lock !== undefined },
    root: plannedRoot,
    ...(cake.bake && { image: plannedImage(cake.bake, output, image) }),
    inputs,
    local: localPlaces(cake, requests),
    tools: plannedTools(cake, plannedRoot.action, inputs, host),
    totals: totalsOf(inputs),
  };
}

function plannedImage(bake: BakeOptions, path: string, image: ResultBlob | undefined): PlannedImage {
  return {
    action: image ? 'restore' : 'make',
    ...(image && { sha256: image.sha256 }),
    path,
    exists: existsSync(path),
    size: image?.size ?? bake.size,
    options: {
      bootloader: DEFAULT_BOOTLOADER,
      modules: [],
      options: [],
      check: true,
      debug: false,
      uuid: DEFAULT_UUID,
      ...(bake.size === 'auto' && { headroom: DEFAULT_HEADROOM }),
      ...bake,
    },
  };
}

/** The recipe's own files that are no inputs by themselves. */
function localPlaces(cake: Cake, requests: readonly PlannedRequest[]): PlannedCake['local'] {
  return [...cookInputs(cake), ...bakeInputs(cake)]
    .filter((input) => !requests.some(({ path }) => path !== undefined && path === input.path))
    .map(({ place, path }) => ({ place, ...(path !== undefined && { path }) }));
}
