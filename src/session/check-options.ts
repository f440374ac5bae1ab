import type { ImageOutputOptions, Output } from '../export/output.ts'
import type { AttestationRequest, BuildOptions } from '../options.ts'
import { checkLimits } from './check-limits.ts'
import {
  anyOf,
  callable,
  type Check,
  choice,
  flag,
  integer,
  isObject,
  list,
  type Members,
  optional,
  record,
  shape,
  tagged,
  text,
} from './option-value.ts'

type OutputOf<K extends Output['kind']> = Extract<Output, { readonly kind: K }>
type AttestationOf<K extends AttestationRequest['type']> = Extract<AttestationRequest, { readonly type: K }>

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isAny = (): boolean => true
const epoch = anyOf(
  'an integer or "none"',
  { applies: isText, check: choice('none') },
  { applies: isAny, check: integer(0) },
)

const dated = { sourceDateEpoch: optional(epoch) }

const compression = tagged('type', {
  none: shape({}),
  gzip: shape({ level: optional(integer(0, 9)) }),
  zstd: shape({ level: optional(integer(0, 22)) }),
  estargz: shape({ level: optional(integer(0, 9)) }),
})

const imageOutput: Members<ImageOutputOptions> = {
  ...dated,
  compression: optional(compression),
  forceCompression: optional(flag),
  preferNondistLayers: optional(flag),
  ociMediaTypes: optional(flag),
  rewriteTimestamp: optional(flag),
  attestationInline: optional(flag),
  ociArtifact: optional(flag),
  annotations: optional(record(text)),
}

const fileOutput = { ...dated, platformSplit: optional(flag), attestationPrefix: optional(text) }

const archive = shape<OutputOf<'oci' | 'docker'>>({
  kind: text,
  dest: text,
  tar: flag,
  names: list(text),
  ...imageOutput,
})

const outputs: { readonly [K in Output['kind']]: Check } = {
  oci: archive,
  docker: archive,
  image: shape<OutputOf<'image'>>({
    kind: text,
    names: list(text),
    push: flag,
    pushByDigest: flag,
    insecure: flag,
    store: flag,
    nameCanonical: optional(flag),
    danglingPrefix: optional(text),
    ...imageOutput,
  }),
  local: shape<OutputOf<'local'>>({ kind: text, dest: text, mode: choice('copy', 'delete'), ...fileOutput }),
  tar: shape<OutputOf<'tar'>>({ kind: text, dest: text, ...fileOutput }),
  cacheonly: shape({}),
}

const attestations: { readonly [K in AttestationRequest['type']]: Check } = {
  sbom: shape<AttestationOf<'sbom'>>({ type: text, generator: optional(text), parameters: record(text) }),
  provenance: shape<AttestationOf<'provenance'>>({
    type: text,
    mode: optional(choice('min', 'max')),
    version: optional(choice('v1', 'v0.2')),
    builderId: optional(text),
    filename: optional(text),
    reproducible: optional(flag),
    inlineOnly: optional(flag),
    completeMaterials: optional(flag),
  }),
}

const secret = anyOf(
  'an object with "file", "env" or "value"',
  { applies: (value) => isObject(value) && 'value' in value, check: shape<{ value: unknown }>({ value: secretValue }) },
  { applies: (value) => isObject(value) && 'env' in value, check: shape<{ env: string }>({ env: text }) },
  { applies: (value) => isObject(value) && 'file' in value, check: shape<{ file: string }>({ file: text }) },
)

const dockerfile = anyOf(
  'a path or an object with "text"',
  { applies: isText, check: text },
  { applies: isObject, check: shape<{ text: string; name?: string }>({ text, name: optional(text) }) },
)

const options: Members<BuildOptions> = {
  context: checkContext,
  dockerfile: optional(dockerfile),
  contexts: optional(record(text)),
  target: optional(text),
  platforms: optional(list(text)),
  args: optional(record(text)),
  labels: optional(record(text)),
  annotations: optional(list(text)),
  tags: optional(list(text)),
  outputs: optional(list(tagged('kind', outputs))),
  attestations: optional(list(tagged('type', attestations))),
  recordProvenance: optional(choice('min', 'max')),
  git: optional(shape<NonNullable<BuildOptions['git']>>({ info: optional(flag), checkDirty: optional(flag) })),
  noCache: optional(
    anyOf('true, false or an array', { applies: isFlag, check: flag }, { applies: Array.isArray, check: list(text) }),
  ),
  pull: optional(flag),
  network: optional(choice('default', 'host', 'private', 'none')),
  addHosts: optional(list(text)),
  shmSize: optional(integer(0)),
  ulimits: optional(list(text)),
  limits: optional(checkLimits),
  volumes: optional(
    list(shape<NonNullable<BuildOptions['volumes']>[number]>({ source: text, target: text, readonly: flag })),
  ),
  secrets: optional(record(secret)),
  ssh: optional(record(list(text))),
  allow: optional(list(text)),
  devices: optional(list(text)),
  cdiDirectories: optional(list(text)),
  isolation: optional(text),
  root: optional(text),
  insecureRegistries: optional(list(text)),
  report: optional(callable),
  signal: optional(checkSignal),
}

/**
 * Throws `OptionError` for the first value whose type is not that of `BuildOptions`, which plain
 * JavaScript does not rule out.
 */
export function checkOptions(value: BuildOptions): void {
  checkAll(value, '')
}

const checkAll = shape<BuildOptions>(options)

function checkContext(value: unknown, path: string): void {
  const isStream = typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  anyOf(
    'a path, a URL or a stream',
    { applies: isText, check: text },
    { applies: () => isStream, check: () => {} },
  )(value, path)
}

function checkSignal(value: unknown, path: string): void {
  anyOf('an AbortSignal', { applies: (given) => given instanceof AbortSignal, check: () => {} })(value, path)
}

function secretValue(value: unknown, path: string): void {
  anyOf(
    'a string or bytes',
    { applies: isText, check: text },
    { applies: (given) => given instanceof Uint8Array, check: () => {} },
  )(value, path)
}
