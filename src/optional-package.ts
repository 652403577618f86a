import { isSystemError, RootlessBakeError } from './errors.ts';

/**
 * Loads one of the optional packages, which who installs may leave out (`npm install --omit=optional`).
 *
 * @param name of the package
 * @param purpose what needs it, for the error
 * @throws RB_PACKAGE_MISSING where it was left out
 */
export async function optionalPackage<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isSystemError(cause, 'ERR_MODULE_NOT_FOUND') || !cause.message.includes(`'${name}'`)) throw cause;
    throw new RootlessBakeError(
      'RB_PACKAGE_MISSING',
      `${purpose} needs the package ${name}, which was left out when rootless-bake was installed`,
      { hint: `install it beside rootless-bake: npm install ${name}`, cause },
    );
  }
}
