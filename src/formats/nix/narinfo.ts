import { RootlessBakeError } from '../../errors.ts';
import { parseDigest } from './digest.ts';
import { STORE, type StorePath, storePath } from './store-path.ts';

/** What a binary cache says of a store path: the file `HASH.narinfo`. */
export interface NarInfo {
  readonly path: StorePath;
  /** Of the archive, relative to the cache. */
  readonly url: string;
  /** `xz`, `zstd`, `none`, …; `bzip2` where the file does not say. */
  readonly compression: string;
  /** sha256 of the archive as it lies there, in hex. */
  readonly fileHash: string | undefined;
  /** Bytes of it. */
  readonly fileSize: number | undefined;
  /** sha256 of the archive decompressed, in hex. */
  readonly narHash: string;
  /** Bytes of it. */
  readonly narSize: number;
  /** The store paths that it needs, often itself among them; sorted, each once. */
  readonly references: readonly StorePath[];
  /** `KEY:BASE64` */
  readonly signatures: readonly string[];
}

/**
 * Reads a narinfo (nix, src/libstore/nar-info.cc). Nothing in it is to be believed before its signature is
 * verified, and `url`, `compression`, `fileHash` and `fileSize` not even then: they are not signed.
 *
 * @param what names it in errors
 * @throws RB_ARCHIVE_DAMAGED when it is none, or lacks what is needed
 */
export function parseNarInfo(text: string, what: string): NarInfo {
  const damaged = (why: string) =>
    new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is damaged or no narinfo: ${why}`, {
      hint: 'check that the URL or path is that of a Nix binary cache',
    });
  const { fields, signatures } = readFields(text, damaged);
  const needed = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined || value === '') throw damaged(`it has no ${key}`);
    return value;
  };
  const digest = (key: string, value: string): string => {
    const hex = parseDigest(value);
    if (hex === undefined) throw damaged(`its ${key} is no sha256`);
    return hex;
  };
  const bytes = (key: string, value: string): number => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number) || number === 0) throw damaged(`its ${key} is no count of bytes`);
    return number;
  };
  const path = storePath(needed('StorePath'));
  if (!path || needed('StorePath') !== `${STORE}/${path.base}`) {
    throw damaged(`its StorePath is ${JSON.stringify(fields.get('StorePath'))}`);
  }
  const fileHash = fields.get('FileHash');
  const fileSize = fields.get('FileSize');
  return {
    path,
    url: needed('URL'),
    compression: fields.get('Compression') || 'bzip2',
    fileHash: fileHash === undefined ? undefined : digest('FileHash', fileHash),
    fileSize: fileSize === undefined ? undefined : bytes('FileSize', fileSize),
    narHash: digest('NarHash', needed('NarHash')),
    narSize: bytes('NarSize', needed('NarSize')),
    references: references(fields.get('References') ?? '', damaged),
    signatures,
  };
}

interface Fields {
  readonly fields: ReadonlyMap<string, string>;
  readonly signatures: readonly string[];
}

function readFields(text: string, damaged: (why: string) => RootlessBakeError): Fields {
  const fields = new Map<string, string>();
  const signatures: string[] = [];
  const lines = text.split('\n');
  if (lines.pop() !== '') throw damaged('its last line has no end');
  for (const line of lines) {
    const [, key, value] = /^([A-Za-z]+):(?: (.*))?$/.exec(line) ?? [];
    if (key === undefined) throw damaged(`the line ${JSON.stringify(line.slice(0, 80))}`);
    if (key === 'Sig') signatures.push(value ?? '');
    else if (fields.has(key)) throw damaged(`${key} stands in it twice`);
    else fields.set(key, value ?? '');
  }
  return { fields, signatures };
}

function references(text: string, damaged: (why: string) => RootlessBakeError): StorePath[] {
  const bases = new Set(text.split(' ').filter((base) => base !== ''));
  return [...bases].sort().map((base) => {
    const path = base.includes('/') ? undefined : storePath(base);
    if (!path) throw damaged(`it refers to ${JSON.stringify(base.slice(0, 250))}`);
    return path;
  });
}
