import type {
  AzureCacheSource,
  AzureCacheTarget,
  AzurePlace,
  GhaCacheSource,
  GhaCacheTarget,
  GhaPlace,
  S3CacheSource,
  S3CacheTarget,
  S3Place,
} from '../../cache/options/bucket-options.ts'
import type {
  CacheSource,
  CacheTarget,
  InlineCacheTarget,
  LocalCacheSource,
  LocalCacheTarget,
  ReapiCacheSource,
  ReapiCacheTarget,
  RegistryCacheSource,
  RegistryCacheTarget,
} from '../../cache/options/cache-options.ts'
import type {
  CacheWriteOptions,
  MountWriteOptions,
  SharedWriteOptions,
  StepWriteOptions,
} from '../../cache/options/cache-write-options.ts'
import type { ReapiServer } from '../../reapi/server-options.ts'
import type { RemoteOptions } from '../../remote/remote-options.ts'
import { mountLimits } from '../../mounts/mount-manifest.ts'
import { plainCompressions } from './check-output.ts'
import { imageName, reapiUrl } from './option-names.ts'
import {
  anyOf,
  type Check,
  choice,
  flag,
  integer,
  isObject,
  isText,
  list,
  type Members,
  optional,
  record,
  shape,
  tagged,
  text,
  wrongValue,
} from './option-value.ts'

const scopeName: Check = (value, path) => {
  text(value, path)
  if (value === '') throw wrongValue(path, 'a name', '""')
}

/** A server of the Remote Execution API. */
const server: Members<ReapiServer> = {
  url: reapiUrl,
  instance: optional(text),
  headers: optional(record(text)),
  ca: optional(text),
  cert: optional(text),
  key: optional(text),
}

/** Workers behind a server. */
export const remoteOptions: Check = shape<RemoteOptions>({
  ...server,
  properties: optional(record(text)),
  timeout: optional(integer(1)),
  jobs: optional(integer(1, 10_000)),
  node: optional(text),
  workerStore: optional(text),
})

const s3: Members<S3Place> = {
  kind: text,
  bucket: text,
  region: optional(text),
  endpointUrl: optional(text),
  usePathStyle: optional(flag),
  prefix: optional(text),
  blobsPrefix: optional(text),
  manifestsPrefix: optional(text),
  accessKeyId: optional(text),
  secretAccessKey: optional(text),
  sessionToken: optional(text),
}

const gha: Members<GhaPlace> = {
  kind: text,
  scope: optional(text),
  token: optional(text),
  url: optional(text),
  githubToken: optional(text),
  repository: optional(text),
}

const azure: Members<AzurePlace> = {
  kind: text,
  accountUrl: optional(text),
  accountName: optional(text),
  secretAccessKey: optional(text),
  connectionString: optional(text),
  container: optional(text),
  prefix: optional(text),
  blobsPrefix: optional(text),
  manifestsPrefix: optional(text),
}

const sources: { readonly [K in CacheSource['kind']]: Check } = {
  registry: shape<RegistryCacheSource>({ kind: text, ref: text, insecure: optional(flag) }),
  local: shape<LocalCacheSource>({ kind: text, src: text, tag: optional(text), digest: optional(text) }),
  reapi: shape<ReapiCacheSource>({ kind: text, ...server, scope: optional(scopeName) }),
  s3: shape<S3CacheSource>({ ...s3, name: optional(text) }),
  gha: shape<GhaCacheSource>(gha),
  azblob: shape<AzureCacheSource>({ ...azure, name: optional(text) }),
}

/** A cache to read. */
export const cacheSource: Check = tagged('kind', sources)

const stepOptions: Members<StepWriteOptions> = {
  mode: optional(choice('min', 'max')),
  compression: optional(tagged('type', plainCompressions)),
  forceCompression: optional(flag),
  ignoreError: optional(flag),
}

const mountOptions: Members<MountWriteOptions> = {
  mounts: optional(
    anyOf(
      '"all" or an array of ids',
      { applies: isText, check: choice('all') },
      { applies: Array.isArray, check: list(text) },
    ),
  ),
  mountsMaxSize: optional(integer(1, mountLimits.total)),
}

const writeOptions: Members<CacheWriteOptions> = { ...stepOptions, ...mountOptions, imageManifest: optional(flag) }

const sharedOptions: Members<SharedWriteOptions> = { ...writeOptions, singleFlight: optional(flag) }

const targets: { readonly [K in CacheTarget['kind']]: Check } = {
  registry: shape<RegistryCacheTarget>({ kind: text, ref: imageName, insecure: optional(flag), ...writeOptions }),
  local: shape<LocalCacheTarget>({ kind: text, dest: text, tag: optional(text), ...sharedOptions }),
  reapi: shape<ReapiCacheTarget>({
    kind: text,
    ...server,
    ...stepOptions,
    ...mountOptions,
    scope: optional(scopeName),
  }),
  inline: shape<InlineCacheTarget>({ kind: text }),
  s3: shape<S3CacheTarget>({
    ...s3,
    names: optional(list(text)),
    uploadParallelism: optional(integer(1)),
    touchRefresh: optional(integer(0)),
    ...sharedOptions,
  }),
  gha: shape<GhaCacheTarget>({ ...gha, timeout: optional(integer(1)), ...writeOptions }),
  azblob: shape<AzureCacheTarget>({ ...azure, names: optional(list(text)), ...sharedOptions }),
}

const target: Check = tagged('kind', targets)

/**
 * Options about mounts come together. On a reapi server mounts have no name but their scope:
 * without one, every project would write the same ones.
 */
const mountsOf: Check = (value, path) => {
  if (!isObject(value)) return
  const { kind, mounts, mountsMaxSize, scope }: Readonly<Record<string, unknown>> = { ...value }
  const without = (name: string, why: string): void => {
    throw wrongValue(`${path}.${name}`, why, 'nothing')
  }
  if (mounts === undefined && mountsMaxSize !== undefined) without('mounts', 'ids, which mountsMaxSize is about')
  if (kind !== 'reapi') return
  if (mounts !== undefined && scope === undefined) without('scope', 'a name, which mounts of reapi need')
  if (mounts === undefined && scope !== undefined) without('mounts', 'ids, which scope is about')
}

/** Caches to write, one of which may be the place where machines claim steps. */
export const cacheTargets: Check = (value, path) => {
  list(target)(value, path)
  list(mountsOf)(value, path)
  let isShared = false
  list((one, place) => {
    if (!isObject(one) || !('singleFlight' in one) || one.singleFlight !== true) return
    const mode = 'mode' in one ? one.mode : 'min'
    if (mode !== 'max') throw wrongValue(`${place}.mode`, '"max" with singleFlight', JSON.stringify(mode))
    // Two builds that claim in different orders would wait for each other.
    if (isShared) throw wrongValue(`${place}.singleFlight`, 'true for one cache at most', 'a second one')
    isShared = true
  })(value, path)
}
