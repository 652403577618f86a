/** A number with the name of what it counts: `1 file`, `3 files`, `2 entries`. */
export function counted(number: number, one: string, many: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
