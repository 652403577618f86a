import { createHash } from 'node:crypto';
import type { Pause } from '../host.ts';
import type { Component, Maintainer, OtherLicense } from './component.ts';
import type { FileDigests } from './files.ts';
import { isTeam } from './maintainer.ts';
import { documentNamespace, type Item, type Subject, timestamp } from './subject.ts';
import { TOOL } from './tool.ts';

const DOCUMENT = 'SPDXRef-DOCUMENT';
const ROOT = 'SPDXRef-root';
const UNKNOWN = 'NOASSERTION';

interface Relationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS';
  readonly relatedSpdxElement: string;
}

/** A document of SPDX 2.3 in JSON (spdx.github.io/spdx-spec/v2.3). */
export async function spdxDocument(subject: Subject, breathe: Pause): Promise<object> {
  const { name, sha256, items, distribution } = subject;
  const root = {
    SPDXID: ROOT,
    name,
    versionInfo: `sha256:${sha256}`,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    supplier: UNKNOWN,
    ...packageDefaults(subject.files),
    licenseDeclared: UNKNOWN,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
  };
  const system = distribution && {
    SPDXID: 'SPDXRef-distribution',
    name: distribution.id,
    ...(distribution.version !== '' && { versionInfo: distribution.version }),
    summary: distribution.title,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    supplier: UNKNOWN,
    ...packageDefaults([]),
    licenseDeclared: UNKNOWN,
  };
  const owners = [
    { SPDXID: ROOT, files: subject.files },
    ...items.map((item) => ({ SPDXID: idOf(item), files: item.files })),
  ];
  const parts = [...(system ? [system.SPDXID] : []), ...items.map(idOf)];
  const namespace = await documentNamespace(subject, breathe);
  const files = owners.flatMap((owner) => owner.files).sort((a, b) => (a.path < b.path ? -1 : 1));
  await breathe();
  const fileIds = new Map(files.map((file, index) => [file, `SPDXRef-file-${index + 1}`]));
  await breathe();
  const fileParts = files.map((file) => toFile(file, fileIds.get(file)!));
  await breathe();
  const packages: object[] = [root, ...(system ? [system] : [])];
  for (const item of items) {
    packages.push(toPackage(item));
    await breathe();
  }
  const others = otherLicenses(items);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name,
    documentNamespace: namespace,
    creationInfo: { created: timestamp(subject), creators: [`Tool: ${TOOL.name}-${TOOL.version}`] },
    packages,
    ...(files.length > 0 && { files: fileParts }),
    ...(others.length > 0 && { hasExtractedLicensingInfos: others.map(toExtracted) }),
    relationships: [
      relationship(DOCUMENT, 'DESCRIBES', ROOT),
      ...parts.map((id) => relationship(ROOT, 'CONTAINS', id)),
      ...owners.flatMap((owner) =>
        owner.files.map((file) => relationship(owner.SPDXID, 'CONTAINS', fileIds.get(file)!)),
      ),
    ],
  };
}

function toPackage(item: Item): object {
  const { component, files, purl } = item;
  const { name, version, license, maintainer, homepage, sha256, path } = component;
  const source = sourceInfo(component);
  return {
    SPDXID: idOf(item),
    name,
    ...(version !== '' && { versionInfo: version }),
    ...(path !== undefined && { packageFileName: path }),
    supplier: maintainer ? agent(maintainer) : UNKNOWN,
    ...packageDefaults(files),
    ...(isUri(homepage) && { homepage }),
    ...(source !== '' && { sourceInfo: source }),
    licenseDeclared: license?.expression ?? UNKNOWN,
    ...(license && component.copyrightFile && { licenseComments: `as ${component.copyrightFile} says` }),
    ...(sha256 !== undefined && { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

/** What is wanted of every package; files need the code that is computed from them (SPDX 2.3, 7.9). */
function packageDefaults(files: readonly FileDigests[]): object {
  const sums = files.map(({ sha1 }) => sha1).sort();
  const code = createHash('sha1').update(sums.join('')).digest('hex');
  return {
    downloadLocation: UNKNOWN,
    filesAnalyzed: files.length > 0,
    ...(files.length > 0 && { packageVerificationCode: { packageVerificationCodeValue: code } }),
    licenseConcluded: UNKNOWN,
    copyrightText: UNKNOWN,
  };
}

function toFile({ path, sha1, sha256 }: FileDigests, id: string): object {
  return {
    SPDXID: id,
    fileName: `.${path}`,
    checksums: [
      { algorithm: 'SHA1', checksumValue: sha1 },
      { algorithm: 'SHA256', checksumValue: sha256 },
    ],
  };
}

/** What every `LicenseRef-…` of a document must have (SPDX 2.3, 10). */
function toExtracted({ id, name }: OtherLicense): object {
  return {
    licenseId: id,
    name,
    extractedText: `The package names this licence ${JSON.stringify(name)}; its text is not part of this document.`,
  };
}

function otherLicenses(items: readonly Item[]): OtherLicense[] {
  const others = new Map<string, OtherLicense>();
  for (const { component } of items)
    for (const other of component.license?.others ?? []) others.set(other.id, other);
  return [...others.keys()].sort().map((id) => others.get(id)!);
}

function sourceInfo({ source }: Component): string {
  if (!source) return '';
  const { name, version, commit } = source;
  const from = `built from the source package ${version === undefined ? name : `${name} ${version}`}`;
  return commit === undefined ? from : `${from}, commit ${commit}`;
}

/** Parentheses are the address's alone. */
function agent(maintainer: Maintainer): string {
  const { email } = maintainer;
  const name = maintainer.name.replaceAll('(', '[').replaceAll(')', ']');
  const kind = isTeam(maintainer) ? 'Organization' : 'Person';
  return `${kind}: ${name}${email === undefined ? '' : ` (${email})`}`;
}

function isUri(text: string | undefined): boolean {
  return text !== undefined && /^(?:https?|ftp|git):\/\//.test(text) && URL.canParse(text);
}

function idOf({ id }: Item): string {
  return `SPDXRef-${id}`;
}

function relationship(from: string, type: Relationship['relationshipType'], to: string): Relationship {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}
