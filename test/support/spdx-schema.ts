/**
 * A JSON Schema of the parts of SPDX 2.3 that our documents have, after the specification: what is required, what
 * may stand there, and nothing else.
 */

const text = { type: 'string', minLength: 1 } as const;
const id = { type: 'string', pattern: '^SPDXRef-[A-Za-z0-9.-]+$' } as const;
const license = { type: 'string', pattern: '^[A-Za-z0-9.+() -]+$' } as const;
const agent = {
  type: 'string',
  pattern: '^(?:NOASSERTION|(?:Person|Organization): [^()]+(?: \\([^()\\s@]+@[^()\\s@]+\\))?)$',
} as const;
const uri = { type: 'string', pattern: '^[a-z][a-z0-9+.-]*:\\S+$' } as const;

function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

function list(items: object, minItems = 1): object {
  return { type: 'array', items, minItems };
}

const checksum = {
  oneOf: [
    object({ algorithm: { const: 'SHA1' }, checksumValue: { type: 'string', pattern: '^[0-9a-f]{40}$' } }),
    object({ algorithm: { const: 'SHA256' }, checksumValue: { type: 'string', pattern: '^[0-9a-f]{64}$' } }),
  ],
};

const PURPOSES = [
  'APPLICATION',
  'FRAMEWORK',
  'LIBRARY',
  'CONTAINER',
  'OPERATING_SYSTEM',
  'DEVICE',
  'FIRMWARE',
  'SOURCE',
  'ARCHIVE',
  'FILE',
  'INSTALL',
  'OTHER',
];

const packageSchema = object(
  {
    SPDXID: id,
    name: text,
    versionInfo: text,
    packageFileName: text,
    supplier: agent,
    downloadLocation: { anyOf: [{ enum: ['NONE', 'NOASSERTION'] }, uri] },
    filesAnalyzed: { type: 'boolean' },
    packageVerificationCode: object({
      packageVerificationCodeValue: { type: 'string', pattern: '^[0-9a-f]{40}$' },
    }),
    checksums: list(checksum),
    homepage: uri,
    sourceInfo: text,
    licenseConcluded: license,
    licenseDeclared: license,
    licenseComments: text,
    copyrightText: text,
    summary: text,
    primaryPackagePurpose: { enum: PURPOSES },
    externalRefs: list(
      object({
        referenceCategory: { enum: ['SECURITY', 'PACKAGE-MANAGER', 'PERSISTENT-ID', 'OTHER'] },
        referenceType: { const: 'purl' },
        referenceLocator: {
          type: 'string',
          pattern: '^pkg:[a-z]+/[^\\s@?#]+(?:@[^\\s@?#]+)?(?:\\?[a-z]+=[^\\s#]+)?$',
        },
      }),
    ),
  },
  [
    'versionInfo',
    'packageFileName',
    'packageVerificationCode',
    'checksums',
    'homepage',
    'sourceInfo',
    'licenseComments',
    'summary',
    'primaryPackagePurpose',
    'externalRefs',
  ],
);

export const spdxSchema: object = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...object(
    {
      spdxVersion: { const: 'SPDX-2.3' },
      dataLicense: { const: 'CC0-1.0' },
      SPDXID: { const: 'SPDXRef-DOCUMENT' },
      name: text,
      documentNamespace: { type: 'string', pattern: '^https://[^\\s#]+$' },
      creationInfo: object({
        created: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' },
        creators: list({ type: 'string', pattern: '^Tool: [^\\s]+-[0-9.]+$' }),
      }),
      packages: list(packageSchema),
      files: list(
        object({
          SPDXID: id,
          fileName: { type: 'string', pattern: '^\\./' },
          checksums: {
            allOf: [list(checksum), { contains: { properties: { algorithm: { const: 'SHA1' } } } }],
          },
        }),
      ),
      hasExtractedLicensingInfos: list(
        object({
          licenseId: { type: 'string', pattern: '^LicenseRef-[A-Za-z0-9.-]+$' },
          name: text,
          extractedText: text,
        }),
      ),
      relationships: list(
        object({
          spdxElementId: id,
          relationshipType: { enum: ['DESCRIBES', 'CONTAINS'] },
          relatedSpdxElement: id,
        }),
      ),
    },
    ['files', 'hasExtractedLicensingInfos'],
  ),
};
