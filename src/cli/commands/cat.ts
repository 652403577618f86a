import { RootlessBakeError } from '../../errors.ts';
import { lookUp } from '../../inspect/lookup.ts';
import { contentChunks, readContent } from '../../tree/content.ts';
import type { FileEntry } from '../../tree/entry.ts';
import type { CommandResult, Context } from '../command.ts';
import { checkPlatform, type LookOptions, openToLook, treeOf } from '../image-options.ts';

/** What fits into one object of JSON. */
const JSON_LIMIT = 64 << 20;

/** Gives the bytes of a file of an image; links are followed within the image. */
export async function catCommand(
  path: string,
  name: string,
  options: LookOptions,
  { host }: Context,
): Promise<CommandResult> {
  const image = await openToLook(path, options, host);
  try {
    checkPlatform(options, image);
    const found = lookUp(await treeOf(image, options), name, path, true);
    if (found.entry.type !== 'file') {
      throw new RootlessBakeError(
        'RB_ARGUMENT',
        `${found.path} of ${path} is a ${found.entry.type}, no file`,
      );
    }
    if (!options.json) return { text: '', brief: '', json: {}, bytes: chunks(found.entry, image) };
    const json = { path: found.path, ...encoded(found.entry, name) };
    image.close();
    return { text: '', brief: '', json };
  } catch (error) {
    image.close();
    throw error;
  }
}

function* chunks({ content }: FileEntry, image: { close(): void }): Generator<Uint8Array> {
  try {
    yield* contentChunks(content);
  } finally {
    image.close();
  }
}

function encoded({ content }: FileEntry, name: string): object {
  const { size } = content;
  if (size > JSON_LIMIT) {
    throw new RootlessBakeError('RB_LIMIT_EXCEEDED', `${name} has ${size} bytes, too many for --json`, {
      hint: 'leave --json out: the bytes come as they are',
    });
  }
  const bytes = Buffer.from(readContent(content));
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return isText
    ? { size, encoding: 'utf8', content: text }
    : { size, encoding: 'base64', content: bytes.toString('base64') };
}
