import * as nodeFs from 'node:fs';
import { decompressStream } from '../../formats/compression/index.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import { contentChunks } from '../../tree/content.ts';
import { readHostFile } from '../file.ts';
import { limited } from '../limited.ts';
import type { SourceMeans } from '../means.ts';
import { channelLocation } from './channel-name.ts';
import { StorePathList } from './store-path-list.ts';

/** Lists of NixOS's channels are of some 20 MB, decompressed. */
const LIST_LIMIT = 256 << 20;

/**
 * Reads the list of a channel, compressed or not: one of NixOS's by its name, any by the URL or path of the list.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE; what the network throws; RB_LIMIT_EXCEEDED
 */
export async function readChannel(channel: string, means: Pick<SourceMeans, 'net'>): Promise<StorePathList> {
  const location = channelLocation(channel);
  const isRemote = isHttpUrl(location);
  const what = `the list of store paths ${isRemote ? redactUrl(location) : location}`;
  const chunks = isRemote
    ? [(await (await means.net()).document({ url: location, what })).bytes]
    : contentChunks(readHostFile(nodeFs, location));
  const parts: Uint8Array[] = [];
  for await (const chunk of limited(decompressStream(chunks, what), LIST_LIMIT, what)) parts.push(chunk);
  return new StorePathList(Buffer.concat(parts).toString('latin1'));
}
