import { type Digest, digestOf, hexOf } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'
import type { ScanNote } from '../scan/found-package.ts'
import type { ScanResult } from '../scan/scan-tree.ts'
import { rootPackage, spdxPackages, systemPackage } from './packages.ts'

/** Identity of a document and of its subject. */
export interface DocumentRequest {
  /** Name of the scanned subject, for people. */
  readonly name: string
  /** An image, or another subject. */
  readonly purpose: 'CONTAINER' | 'SOURCE'
  /** ISO 8601, to the second. */
  readonly created: string
  /** Version of tsbuild. */
  readonly version: string
  /** The diffId of the layer a file is from; undefined where that is not known. */
  layerOf?(path: Path): Digest | undefined
}

/** A JSON value. */
export type SpdxDocument = Readonly<Record<string, unknown>>

/**
 * Bill of materials of a scan as an SPDX 2.3 document. The same scan and request give the same
 * document, for any order of the packages; its namespace is a digest of its content.
 */
export function spdxDocument(scan: ScanResult, request: DocumentRequest): SpdxDocument {
  const { packages, licenses } = spdxPackages(scan, (path) => request.layerOf?.(path))
  const system = systemPackage(scan.release)
  const parts = [...(system ? [system] : []), ...packages]
  const root = rootPackage(request.name, request.purpose)
  const comment = formatNotes(scan.notes)
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: request.name,
    creationInfo: { created: request.created, creators: [`Tool: tsbuild-${request.version}`] },
    ...(comment !== '' && { comment }),
    packages: [root, ...parts],
    ...(licenses.length !== 0 && { hasExtractedLicensingInfos: licenses }),
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root.SPDXID },
      ...parts.map(({ SPDXID }) => ({
        spdxElementId: root.SPDXID,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: SPDXID,
      })),
    ],
  }
  return {
    ...document,
    documentNamespace: `https://spdx.org/spdxdocs/tsbuild-${hexOf(digestOf(JSON.stringify(document)))}`,
  }
}

function formatNotes(notes: readonly ScanNote[]): string {
  if (notes.length === 0) return ''
  return ['This list is not complete.', ...notes.map(({ path, message }) => `/${path}: ${message}`)].join('\n')
}
