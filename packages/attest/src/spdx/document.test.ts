import { expect, test } from 'vitest'
import type { FoundPackage } from '../scan/found-package.ts'
import type { ScanResult } from '../scan/scan-tree.ts'
import { type DocumentRequest, spdxDocument } from './document.ts'

const a: FoundPackage = {
  name: 'a',
  version: '1.0',
  purl: { type: 'deb', namespace: 'debian', name: 'a', version: '1.0' },
  source: 'var/lib/dpkg/status',
  evidence: 'var/lib/dpkg/info/a.list',
  licenses: { terms: ['MIT or BSD'], joined: 'AND' },
  supplier: 'Some Body <some@body.example>',
  homepage: 'https://a.example/?b=c',
}
const b: FoundPackage = {
  name: '@s/b\u0007',
  purl: { type: 'npm', namespace: '@s', name: 'b' },
  source: 'node_modules/@s/b/package.json',
  homepage: 'javascript:alert(1)',
}
const scan: ScanResult = {
  release: { id: 'debian', version: '12', name: 'Debian', cpe: 'cpe:/o:debian:debian_linux:12' },
  packages: [b, a],
  notes: [],
}
const layer = `sha256:${'1'.repeat(64)}` as const
const request: DocumentRequest = {
  name: 'linux/amd64',
  purpose: 'CONTAINER',
  created: '2026-01-02T03:04:05Z',
  version: '0.1.0',
  layerOf: (path) => (path === 'var/lib/dpkg/info/a.list' ? layer : undefined),
}

test('a document says what it is, describes its root, and the root contains everything', () => {
  const document = spdxDocument(scan, request)
  expect(document).toEqual({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'linux/amd64',
    documentNamespace: expect.stringMatching(/^https:\/\/spdx\.org\/spdxdocs\/tsbuild-[0-9a-f]{64}$/),
    creationInfo: { created: '2026-01-02T03:04:05Z', creators: ['Tool: tsbuild-0.1.0'] },
    packages: [
      { ...bare, SPDXID: 'SPDXRef-Root', name: 'linux/amd64', primaryPackagePurpose: 'CONTAINER' },
      {
        ...bare,
        SPDXID: 'SPDXRef-OperatingSystem-debian',
        name: 'debian',
        versionInfo: '12',
        description: 'Debian',
        primaryPackagePurpose: 'OPERATING_SYSTEM',
        externalRefs: [
          {
            referenceCategory: 'SECURITY',
            referenceType: 'cpe22Type',
            referenceLocator: 'cpe:/o:debian:debian_linux:12',
          },
        ],
      },
      {
        ...bare,
        SPDXID: expect.stringMatching(/^SPDXRef-Package-a-[0-9a-f]{16}$/),
        name: 'a',
        versionInfo: '1.0',
        supplier: 'Person: Some Body (some@body.example)',
        homepage: 'https://a.example/?b=c',
        sourceInfo: 'found in /var/lib/dpkg/status',
        licenseDeclared: 'MIT OR LicenseRef-BSD',
        comment: `layerID: ${layer}`,
        externalRefs: [
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: 'pkg:deb/debian/a@1.0' },
        ],
      },
      {
        ...bare,
        SPDXID: expect.stringMatching(/^SPDXRef-Package-s-b-[0-9a-f]{16}$/),
        name: '@s/b ',
        sourceInfo: 'found in /node_modules/@s/b/package.json',
        externalRefs: [
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: 'pkg:npm/%40s/b' },
        ],
      },
    ],
    hasExtractedLicensingInfos: [{ licenseId: 'LicenseRef-BSD', name: 'BSD', extractedText: 'BSD' }],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-Root' },
      ...idsOf(document)
        .slice(1)
        .map((relatedSpdxElement) => ({
          spdxElementId: 'SPDXRef-Root',
          relationshipType: 'CONTAINS',
          relatedSpdxElement,
        })),
    ],
  })
})

test('the order packages were found in means nothing, what they are does', () => {
  const text = JSON.stringify(spdxDocument(scan, request))
  expect(JSON.stringify(spdxDocument({ ...scan, packages: [a, b] }, request))).toBe(text)
  expect(JSON.stringify(spdxDocument({ ...scan, packages: [a, b, a] }, request))).toBe(text)
  const other = spdxDocument({ ...scan, packages: [a] }, request)
  expect(other['documentNamespace']).not.toBe(spdxDocument(scan, request)['documentNamespace'])
})

test('the same package in two places is two packages', () => {
  const ids = idsOf(
    spdxDocument({ ...scan, packages: [b, { ...b, source: 'x/node_modules/@s/b/package.json' }] }, request),
  )
  expect(new Set(ids).size).toBe(4)
})

test('what could not be read is in the comment', () => {
  const notes = [{ path: 'var/lib/rpm/Packages', message: 'not read' }]
  expect(spdxDocument({ ...scan, notes }, request)['comment']).toBe(
    'This list is not complete.\n/var/lib/rpm/Packages: not read',
  )
})

test('an unknown distribution is left out', () => {
  expect(idsOf(spdxDocument({ release: { id: 'linux' }, packages: [], notes: [] }, request))).toEqual(['SPDXRef-Root'])
})

const bare = {
  supplier: 'NOASSERTION',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
}

function idsOf(document: ReturnType<typeof spdxDocument>): readonly unknown[] {
  const packages: unknown = document['packages']
  return Array.isArray(packages) ? packages.map((one: { readonly SPDXID: string }) => one.SPDXID) : []
}
