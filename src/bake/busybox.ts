import * as nodeFs from 'node:fs';
import { named, RootlessBakeError } from '../errors.ts';
import { elfSection, elfSectionBytes, parseElf } from '../formats/elf/index.ts';
import { debComponent } from '../sbom/brought.ts';
import type { Component } from '../sbom/component.ts';
import { readDebianPackage } from '../sources/deb.ts';
import { readHostFile } from '../sources/file.ts';
import type { SourceMeans } from '../sources/means.ts';
import { type Content, type ContentSink, readContent } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { type BusyboxOptions, DEFAULT_BUSYBOX } from './options.ts';

/** The one program of the initrd. */
export interface Busybox {
  readonly program: Content;
  /** musl's dynamic loader, which is all of libc; absent for a static program. */
  readonly loader?: { readonly path: string; readonly content: Content };
  /** Where it comes from, in words for people. */
  readonly origin: string;
  /** The package that it comes from, when it is none of the root's. */
  readonly component?: Component;
}

/**
 * The busybox that the recipe names; else that of the cooked root when it can run alone (static, or with musl's
 * loader as its only library); else that of Debian's busybox-static.
 *
 * @throws RB_INPUT_NOT_FOUND when what the recipe names is not there, or cannot run alone
 * @throws RB_ELF_INVALID, RB_ELF_TRUNCATED, RB_ELF_UNSUPPORTED when it is no program
 */
export async function findBusybox(
  options: BusyboxOptions | undefined,
  root: Tree,
  sink: ContentSink,
  means: SourceMeans,
): Promise<Busybox> {
  if (options && 'path' in options) return busyboxFile(options.path);
  const own = options ? undefined : busyboxOf(root);
  return own ?? packagedBusybox(options?.deb ?? DEFAULT_BUSYBOX, sink, means);
}

function busyboxFile(path: string): Busybox {
  const program = readHostFile(nodeFs, path);
  if (interpreterOf(readContent(program), path) !== undefined) throw notStatic(path);
  return { program, origin: path };
}

async function packagedBusybox(name: string, sink: ContentSink, means: SourceMeans): Promise<Busybox> {
  const found = await readDebianPackage(name, sink, means);
  const busybox = busyboxOf(found.tree);
  if (!busybox) throw notStatic(`/bin/busybox of the package ${name}`);
  return { ...busybox, component: debComponent(found) };
}

function notStatic(what: string): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `${what} is no static busybox for the initrd`, {
    hint: "Debian's package busybox-static has one",
  });
}

function busyboxOf(tree: Tree): Busybox | undefined {
  const place = tree.resolve('/bin/busybox');
  if (place?.entry.type !== 'file') return undefined;
  const program = place.entry.content;
  const { origin } = place.entry;
  const interpreter = interpreterOf(readContent(program), `/bin/busybox of ${origin}`);
  if (interpreter === undefined) return { program, origin };
  if (!/^\/lib\/ld-musl-[^/]+\.so\.1$/.test(interpreter)) return undefined;
  const loader = tree.resolve(interpreter)?.entry;
  if (loader?.type !== 'file') return undefined;
  return { program, loader: { path: interpreter, content: loader.content }, origin };
}

/** The path of the dynamic loader that a program names; undefined for a static one. */
function interpreterOf(program: Uint8Array, name: string): string | undefined {
  return named(name, () => {
    const elf = parseElf(program);
    const section = elfSection(elf, '.interp');
    return section && Buffer.from(elfSectionBytes(elf, section)).toString('latin1').replace(/\0.*$/s, '');
  });
}
