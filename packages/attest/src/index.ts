export {
  type AttestationContent,
  type AttestationDocument,
  type AttestationManifest,
  attestationArtifact,
  attestationArtifactType,
  attestationImage,
} from './attestation-manifest.ts'
export { MaterialsError, readGenerated } from './generated/read-generated.ts'
export { withLayers } from './generated/with-layers.ts'
export { imagePackageUrl } from './package-url.ts'
export type {
  BuildDetails,
  BuildRequest,
  BuildStep,
  Demand,
  Dependency,
  DigestSet,
  ProvenanceFacts,
} from './provenance/facts.ts'
export { provenanceV02 } from './provenance/predicate-v02.ts'
export { type ProvenanceForm, provenanceStatement } from './provenance/provenance-statement.ts'
export { type FoundPackage, type ScanNote } from './scan/found-package.ts'
export { scanTree } from './scan/scan-tree.ts'
export { billOfMaterials, type SbomRequest } from './sbom.ts'
export { encodeStatement, type Statement, statementMediaType, type Subject } from './statement.ts'
