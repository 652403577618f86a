import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LAYOUT_FILE } from '../../formats/oci/index.ts';
import { type ImageLocation, parseImageLocation } from '../../sources/oci/location.ts';

/**
 * Reads `path[:name][@sha256:digest]` of a layout or an archive; `oci:` may stand before it.
 *
 * @throws RB_ARGUMENT for a digest that is none
 */
export function locateImage(text: string): ImageLocation {
  const path = text.replace(/^oci:/, '');
  return parseImageLocation(path) ?? parseImageLocation(`./${path}`)!;
}

/** Tells an image from a recipe: by `oci:`, the suffix of an image or a tar, or the mark of a layout's folder. */
export function isImage(text: string): boolean {
  if (text.startsWith('oci:')) return true;
  const { path } = locateImage(text);
  return /\.(?:oci|tar(?:\.\w+)?|tgz)$/.test(path) || existsSync(join(path, LAYOUT_FILE));
}
