export { answerSubrequest } from './answer-subrequest.ts'
export { build, plan } from './build.ts'
export type {
  AzureCacheSource,
  AzureCacheTarget,
  AzurePlace,
  BucketCacheSource,
  BucketCacheTarget,
  GhaCacheSource,
  GhaCacheTarget,
  GhaPlace,
  S3CacheSource,
  S3CacheTarget,
  S3Place,
} from './cache/options/bucket-options.ts'
export type {
  CacheSource,
  CacheTarget,
  InlineCacheTarget,
  LocalCacheSource,
  LocalCacheTarget,
  ReapiCacheSource,
  ReapiCacheTarget,
  RegistryCacheSource,
  RegistryCacheTarget,
} from './cache/options/cache-options.ts'
export type { CacheWriteOptions, SharedWriteOptions, StepWriteOptions } from './cache/options/cache-write-options.ts'
export type {
  ChangedAspect,
  ComparedEntry,
  ComparedImage,
  ConfigChange,
  FileChange,
  FileSum,
  ImageComparison,
  PackageChange,
} from './report/model/comparison.ts'
export type {
  DescribedImage,
  HiddenFile,
  ImageReport,
  InstalledPackage,
  ReportedFile,
  ReportedLayer,
} from './report/model/image-report.ts'
export {
  compareImages,
  describeImage,
  type CompareOptions,
  type ImageChoice,
  type ImageReportOptions,
} from './report/report-images.ts'
export type { RemoteOptions } from './remote/remote-options.ts'
export type { ReapiServer } from './reapi/server-options.ts'
export type { Credential, CredentialProvider, Credentials } from './caller-keychain.ts'
export type {
  ArchiveOutput,
  CacheOnlyOutput,
  DatedOutputOptions,
  FileOutputOptions,
  ImageOutput,
  ImageOutputOptions,
  LocalOutput,
  Output,
  TarOutput,
} from './export/output.ts'
export type { ArchiveReader } from './export/hand-over.ts'
export { checkStore, type CheckStoreOptions } from './diagnosis/check-store.ts'
export { type Diagnosis, diagnose, type RungReport } from './diagnosis/diagnose.ts'
export type { StoreCheck, StoreProblem } from './diagnosis/store-problem.ts'
export { describeFailure, type Failure, type FailureCause } from './failure.ts'
export type { AnnotationOption, Annotations, AnnotationTarget } from './image/annotations.ts'
export type { LayerCompression } from './layer/estargz-layer.ts'
export type { Space, StoreBounds } from './layer/disk/store-bounds.ts'
export type { Grant } from './option-words.ts'
export type { BuildOptions } from './options.ts'
export type {
  AttestationRequest,
  BuildContext,
  CacheVerify,
  ContextFile,
  ContextFiles,
  DockerfileText,
  GitOptions,
  Isolation,
  ProvenanceRequest,
  SbomRequest,
  SecretSource,
  Ulimit,
  UlimitName,
  Ulimits,
  Volume,
} from './option-values.ts'
export type {
  BuildResult,
  BuildTimings,
  BuildWarning,
  BuiltLayer,
  BuiltPlatform,
  Plan,
  PlanStep,
} from './build-result.ts'
export type { BuildEvent, BuildStarted, Reporter, StepFacts } from './progress/event.ts'
export type { Limits } from '@tsbuild/isolate'
export type { AccessRecord, Collected, CollectOptions, TlsFiles } from '@tsbuild/distribution-server'
export { type ErrorCategory, type ErrorCode, TsbuildError } from '@tsbuild/errors'
export type { Digest, Platform } from '@tsbuild/oci'
export type { UsageEntry } from './store/objects/sum-objects.ts'
export type { ImageSource } from './store/places/image-source.ts'
export type { Shipment } from './store/places/image-target.ts'
export type { CopyEndpoint, ImageEndpoint } from './store/places/place.ts'
export type { StoredDocuments, StoredImage } from './store/stored-image.ts'
export type { CopyOptions, LocalStore } from './store/local-store.ts'
export { openStore, type StoreOptions } from './store/open-store.ts'
export type { ObjectFilter } from './store/objects/object-filter.ts'
export type { KeptEntry, PruneRequest, PruneResult } from './store/objects/prune.ts'
export type { RegistryImage } from './store/registry-image.ts'
export { collectRegistry, type CollectRegistryOptions } from './collect-registry.ts'
export { serveRegistry, type ServedRegistry, type ServeRegistryOptions } from './serve-registry.ts'
export type { SpaceBounds } from './store/objects/space.ts'
export type { ObjectState, ObjectType, StoredObject } from './store/objects/stored-object.ts'
export type { TransferOptions } from './store/transfer-options.ts'
export type { SubrequestAnswer } from './subrequest/subrequest-answer.ts'
