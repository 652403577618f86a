import { createHash } from 'node:crypto';
import type { Pause } from '../host.ts';
import type { Component } from './component.ts';
import type { Distribution } from './distribution.ts';
import type { FileDigests } from './files.ts';
import { batches, canonicalPieces } from './json-pieces.ts';
import { TOOL } from './tool.ts';

/** A component as documents have it. */
export interface Item {
  readonly component: Component;
  /** Unique within the document: letters, digits, `.` and `-`. */
  readonly id: string;
  readonly purl: string;
  /** Its files, when they were asked for. */
  readonly files: readonly FileDigests[];
}

/** What a document describes. */
export interface Subject {
  readonly name: string;
  /** Of the root's canonical tar, or of the image, in hex. */
  readonly sha256: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly distribution: Distribution | undefined;
  readonly items: readonly Item[];
  /** Files of no component, when files were asked for. */
  readonly files: readonly FileDigests[];
}

/**
 * Where SPDX documents have their names when they have no home on the web (SPDX 2.3, 6.5): equal documents have equal
 * ones, others have others.
 */
export async function documentNamespace(subject: Subject, breathe: Pause): Promise<string> {
  const digest = createHash('sha256');
  for (const batch of batches(canonicalPieces({ tool: TOOL, ...subject }))) {
    digest.update(batch);
    await breathe();
  }
  return `https://spdx.org/spdxdocs/${encodeURIComponent(subject.name)}-${digest.digest('hex')}`;
}

/** RFC 3339 in UTC, to the second. */
export function timestamp({ epoch }: Subject): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}

/** Identifiers for components in their order: `apk-busybox-1.36.1-r15`. */
export function identify(components: readonly Component[]): string[] {
  const taken = new Set<string>();
  return components.map(({ type, name, version, architecture }) => {
    const parts = [type, name, version, type === 'deb' ? architecture : undefined];
    const wanted = parts
      .filter(Boolean)
      .join('-')
      .replace(/[^A-Za-z0-9.-]+/g, '-');
    let id = wanted;
    for (let count = 2; taken.has(id); count += 1) id = `${wanted}-${count}`;
    taken.add(id);
    return id;
  });
}
