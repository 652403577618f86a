/**
 * Loaded before the program (`node --require`, which threads follow as well): puts the clock that JavaScript sees ahead by as many milliseconds as
 * RB_CLOCK_SHIFT says. What other programs and the file system see stays as it is.
 */
const shift = Number(process.env['RB_CLOCK_SHIFT'] ?? 0);
const SystemDate = globalThis.Date;
const now = (): number => SystemDate.now() + shift;

globalThis.Date = new Proxy(SystemDate, {
  construct(target, args, newTarget) {
    return Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget);
  },
  apply() {
    return new SystemDate(now()).toString();
  },
  get(target, name, receiver) {
    return name === 'now' ? now : Reflect.get(target, name, receiver);
  },
});
