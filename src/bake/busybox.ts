import { RootlessBakeError } from '../errors.ts';
import { elfSection, elfSectionBytes, parseElf } from '../formats/elf/index.ts';
import type { Host } from '../host.ts';
import { readDebianPackage } from '../sources/deb.ts';
import { type Content, type ContentSink, readContent } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';

/** The one program of the initrd. */
export interface Busybox {
  readonly program: Content;
  /** musl's dynamic loader, which is all of libc; absent for a static program. */
  readonly loader?: { readonly path: string; readonly content: Content };
  /** Where it comes from, in words for people. */
  readonly origin: string;
}

/**
 * The busybox of the cooked root when it can run alone (static, or with musl's loader as its only library),
 * else that of Debian's busybox-static.
 */
export async function findBusybox(root: Tree, sink: ContentSink, host: Host): Promise<Busybox> {
  const own = busyboxOf(root);
  if (own) return own;
  const { tree } = await readDebianPackage('busybox-static', sink, host);
  const packaged = busyboxOf(tree);
  if (packaged) return packaged;
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', 'the package busybox-static has no static /bin/busybox', {
    hint: 'Put a static busybox at /bin/busybox of the root.',
  });
}

function busyboxOf(tree: Tree): Busybox | undefined {
  const place = tree.resolve('/bin/busybox');
  if (place?.entry.type !== 'file') return undefined;
  const program = place.entry.content;
  const { origin } = place.entry;
  const interpreter = interpreterOf(readContent(program));
  if (interpreter === undefined) return { program, origin };
  if (!/^\/lib\/ld-musl-[^/]+\.so\.1$/.test(interpreter)) return undefined;
  const loader = tree.resolve(interpreter)?.entry;
  if (loader?.type !== 'file') return undefined;
  return { program, loader: { path: interpreter, content: loader.content }, origin };
}

/** The path of the dynamic loader that a program names; undefined for a static one. */
function interpreterOf(program: Uint8Array): string | undefined {
  const elf = parseElf(program);
  const section = elfSection(elf, '.interp');
  return section && Buffer.from(elfSectionBytes(elf, section)).toString('latin1').replace(/\0.*$/s, '');
}
