export async function verifyCommand(a: string, b: object, c: object): Promise<never> {
  throw new Error(`${a}${b}${c}`);
}
