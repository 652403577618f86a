import { didYouMean } from '../../../suggest.ts';
import { addAction, removeActions } from '../inittab.ts';
import type { MachineRoot } from '../machine-root.ts';
import { unfit } from '../unfit.ts';

const SCRIPTS = '/etc/init.d';

/** Scripts that an rcS after Buildroot's manner runs by their names. */
const NUMBERED = /^S\d\d/;

/** Has init run `/etc/init.d/NAME start`, and `stop` when the machine goes down; numbered scripts run anyway. */
export function enableScript(root: MachineRoot, name: string, place: string): void {
  const script = findScript(root, name, place);
  if (!root.isProgram(script)) throw unfit(place, `${script} cannot be run`, 'give the file the mode "0755"');
  if (NUMBERED.test(nameOf(script))) return;
  addAction(root, 'wait', `${script} start`);
  addAction(root, 'shutdown', `${script} stop`);
}

/** Takes it out of inittab; a numbered script loses its number, so that rcS passes over it. */
export function disableScript(root: MachineRoot, name: string, place: string): void {
  const script = findScript(root, name, place);
  const file = nameOf(script);
  if (NUMBERED.test(file)) {
    const path = root.place(script);
    root.put(root.place(`${SCRIPTS}/${file.replace(NUMBERED, '')}`), root.tree.get(path)!);
    root.tree.delete(path);
  } else removeActions(root, new RegExp(`:${SCRIPTS}/${file.replaceAll(/[.+]/g, '\\$&')} (?:start|stop)$`));
}

function findScript(root: MachineRoot, name: string, place: string): string {
  const files = root.list(SCRIPTS).filter((file) => !/^rc[SK]?$/.test(file));
  const file = files.find((other) => other === name || other.replace(NUMBERED, '') === name);
  if (file !== undefined) return `${SCRIPTS}/${file}`;
  const names = files.map((other) => other.replace(NUMBERED, ''));
  const has = names.length > 0 ? `it has ${names.join(', ')}` : undefined;
  const hint =
    didYouMean(name, names) ?? has ?? 'write one under machine.files: it is called with start and stop';
  throw unfit(place, `the root has no script ${SCRIPTS}/${name}`, hint);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
