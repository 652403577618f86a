import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import parseExpression from 'spdx-expression-parse';
import { spdxSchema } from './spdx-schema.ts';

const require = createRequire(import.meta.url);
const addFormats = ajvFormats as unknown as (ajv: Ajv) => void;

/** CycloneDX's published schemas lie in its own library. */
const PUBLISHED = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema');

let cyclonedx: ValidateFunction | undefined;
let spdx: ValidateFunction[] | undefined;

/** What the published schema of CycloneDX 1.6 has against a document. */
export function cyclonedxFaults(document: unknown): unknown {
  cyclonedx ??= compileCyclonedx();
  return cyclonedx(document) ? [] : cyclonedx.errors;
}

/** The identifiers of licences that CycloneDX's schema knows. */
export function cyclonedxLicenses(): ReadonlySet<string> {
  return new Set((published('spdx') as { enum: string[] }).enum);
}

/**
 * What SPDX 2.3 has against a document: the schema of what we write and, where RB_SPDX_SCHEMA names it, the published
 * one; identifiers, expressions and verification codes by the words of the specification.
 */
export function spdxFaults(document: unknown): unknown {
  spdx ??= compileSpdx();
  const broken = spdx.find((validate) => !validate(document));
  return broken ? broken.errors : [...meaningFaults(document as SpdxDocument)];
}

function compileCyclonedx(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat(
    'iri-reference',
    (text) => URL.canParse(text, 'http://localhost') && !/[\s<>"{}|\\^`]/.test(text),
  );
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  ajv.addSchema(published('spdx') as object, 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  ajv.addSchema(published('jsf-0.82') as object, 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
  return ajv.compile(published('bom-1.6') as object);
}

function published(name: string): unknown {
  return JSON.parse(readFileSync(join(PUBLISHED, `${name}.SNAPSHOT.schema.json`), 'utf8'));
}

function compileSpdx(): ValidateFunction[] {
  const path = process.env['RB_SPDX_SCHEMA'];
  const schemas = path ? [spdxSchema, JSON.parse(readFileSync(path, 'utf8'))] : [spdxSchema];
  return schemas.map((schema) => new Ajv({ strict: false, allErrors: true }).compile(schema));
}

interface SpdxElement {
  SPDXID: string;
  licenseDeclared?: string;
  filesAnalyzed?: boolean;
  packageVerificationCode?: { packageVerificationCodeValue: string };
  checksums?: { algorithm: string; checksumValue: string }[];
}

export interface SpdxDocument {
  SPDXID: string;
  packages: SpdxElement[];
  files?: SpdxElement[];
  hasExtractedLicensingInfos?: { licenseId: string }[];
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
}

function* meaningFaults(document: SpdxDocument): Generator<string> {
  const { packages, files = [], hasExtractedLicensingInfos = [], relationships } = document;
  const elements = [document as SpdxElement, ...packages, ...files];
  const byId = new Map(elements.map((element) => [element.SPDXID, element]));
  if (byId.size !== elements.length) yield 'identifiers are not unique';
  for (const { spdxElementId, relatedSpdxElement } of relationships) {
    if (!byId.has(spdxElementId) || !byId.has(relatedSpdxElement)) yield `${relatedSpdxElement} is not there`;
  }
  const defined = hasExtractedLicensingInfos.map(({ licenseId }) => licenseId).sort();
  const used = new Set<string>();
  for (const { licenseDeclared = 'NOASSERTION', SPDXID } of packages) {
    if (licenseDeclared === 'NOASSERTION') continue;
    try {
      parseExpression(licenseDeclared);
    } catch (error) {
      yield `${SPDXID}: ${licenseDeclared}: ${error}`;
    }
    for (const [id] of licenseDeclared.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)) used.add(id);
  }
  if (defined.join() !== [...used].sort().join()) yield `defines ${defined}, uses ${[...used]}`;
  const fileById = new Map(files.map((file) => [file.SPDXID, file]));
  for (const { SPDXID, filesAnalyzed, packageVerificationCode } of packages) {
    const contained = relationships
      .filter(
        ({ spdxElementId, relationshipType }) => spdxElementId === SPDXID && relationshipType === 'CONTAINS',
      )
      .map(({ relatedSpdxElement }) => fileById.get(relatedSpdxElement))
      .filter((file) => file !== undefined);
    const sums = contained.map(({ checksums }) => checksums!.find(({ algorithm }) => algorithm === 'SHA1')!);
    const text = sums.map(({ checksumValue }) => checksumValue).sort();
    const code = createHash('sha1').update(text.join('')).digest('hex');
    if (filesAnalyzed !== contained.length > 0) yield `${SPDXID} is said to have files or none`;
    if (filesAnalyzed && packageVerificationCode?.packageVerificationCodeValue !== code)
      yield `${SPDXID}'s code`;
  }
}
