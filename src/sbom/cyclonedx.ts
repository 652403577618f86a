import { createHash } from 'node:crypto';
import type { Pause } from '../host.ts';
import type { Component, License, Maintainer } from './component.ts';
import type { FileDigests } from './files.ts';
import { licenseId } from './license/spdx-list.ts';
import { documentNamespace, type Item, type Subject, timestamp } from './subject.ts';
import { TOOL } from './tool.ts';

const ROOT = 'root';

/** The namespace of names that are URLs (RFC 9562, 6.6). */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** A document of CycloneDX 1.6 in JSON (cyclonedx.org/docs/1.6/json). */
export async function cyclonedxDocument(subject: Subject, breathe: Pause): Promise<object> {
  const { name, sha256, items, distribution, files } = subject;
  const namespace = await documentNamespace(subject, breathe);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${nameUuid(namespace)}`,
    version: 1,
    metadata: {
      timestamp: timestamp(subject),
      tools: { components: [{ type: 'application', ...TOOL }] },
      component: {
        type: 'operating-system',
        'bom-ref': ROOT,
        name,
        version: `sha256:${sha256}`,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
      },
    },
    components: [
      ...(distribution ? [toSystem(distribution)] : []),
      ...items.map(toComponent),
      ...files.map(toFile),
    ],
    dependencies: [
      { ref: ROOT, dependsOn: items.map(({ id }) => id) },
      ...items.map(({ id }) => ({ ref: id })),
    ],
  };
}

function toSystem({ id, version, title }: NonNullable<Subject['distribution']>): object {
  return { type: 'operating-system', name: id, ...(version !== '' && { version }), description: title };
}

function toComponent({ component, id, purl, files }: Item): object {
  const { name, version, license, maintainer, homepage, sha256 } = component;
  const properties = propertiesOf(component);
  return {
    type: 'library',
    'bom-ref': id,
    ...(maintainer && { supplier: toOrganization(maintainer) }),
    name,
    version,
    ...(sha256 !== undefined && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
    ...(license && { licenses: [toLicense(license)] }),
    purl,
    ...(isReference(homepage) && { externalReferences: [{ type: 'website', url: homepage }] }),
    ...(files.length > 0 && { components: files.map(toFile) }),
    ...(properties.length > 0 && { properties }),
  };
}

function toFile({ path, sha1, sha256 }: FileDigests): object {
  return {
    type: 'file',
    name: path,
    hashes: [
      { alg: 'SHA-1', content: sha1 },
      { alg: 'SHA-256', content: sha256 },
    ],
  };
}

function toOrganization({ name, email }: Maintainer): object {
  return email === undefined ? { name } : { name, contact: [{ name, email }] };
}

/** One of SPDX's list by its id, one that the list lacks by its name, anything else as an expression. */
function toLicense({ expression, others: [other] }: License): object {
  const acknowledgement = 'declared';
  if (licenseId(expression) === expression) return { license: { id: expression, acknowledgement } };
  if (other?.id === expression) return { license: { name: other.name, acknowledgement } };
  return { expression, acknowledgement };
}

/** What the format has no place for, in a namespace of names as CycloneDX advises. */
function propertiesOf({ type, source, path, copyrightFile, license }: Component): object[] {
  const values = {
    packageType: type,
    sourcePackage: source?.name,
    sourceVersion: source?.version,
    sourceCommit: source?.commit,
    storePath: path,
    copyrightFile: license && copyrightFile,
  };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ name: `${TOOL.name}:${key}`, value }));
}

/** RFC 3987: what may stand in an IRI. */
function isReference(text: string | undefined): boolean {
  return text !== undefined && /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text) && URL.canParse(text);
}

/** A UUID of version 5 (RFC 9562, 5.5). */
function nameUuid(url: string): string {
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(url).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
