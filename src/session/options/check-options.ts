import { adviceRules, adviceSets } from '@tsbuild/dockerfile'
import { isCredential } from '../../caller-keychain.ts'
import { isSpace, type StoreBounds } from '../../layer/disk/store-bounds.ts'
import { isolationNames, isSeed, seedForm, ulimitNames } from '../../option-words.ts'
import type { BuildOptions } from '../../options.ts'
import type {
  AttestationRequest,
  CacheVerify,
  DockerfileText,
  GitOptions,
  ProvenanceRequest,
  RetryOptions,
  SbomRequest,
  Ulimit,
  Volume,
} from '../../option-values.ts'
import { cacheSource, cacheTargets, remoteOptions } from './check-cache.ts'
import { checkLimits } from './check-limits.ts'
import { checkContext } from './check-context.ts'
import { annotations, output } from './check-output.ts'
import { address, grant, imageName, platform } from './option-names.ts'
import {
  anyOf,
  callable,
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
  someOf,
  tagged,
  text,
  wrongValue,
} from './option-value.ts'

const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const attestations: { readonly [K in AttestationRequest['type']]: Check } = {
  sbom: shape<SbomRequest>({ type: text, generator: optional(imageName), parameters: optional(record(text)) }),
  provenance: shape<ProvenanceRequest>({
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
  { applies: isObject, check: shape<DockerfileText>({ text, name: optional(text) }) },
)

const hosts = record(
  anyOf(
    'an address or an array of addresses',
    { applies: isText, check: address },
    { applies: Array.isArray, check: list(address) },
  ),
)

const ulimit = anyOf(
  'a number or an object with "soft" and "hard"',
  { applies: (value) => typeof value === 'number', check: integer(-1) },
  { applies: isObject, check: shape<Exclude<Ulimit, number>>({ soft: integer(-1), hard: integer(-1) }) },
)

const credentials = anyOf(
  'an object or a function',
  { applies: (value) => typeof value === 'function', check: callable },
  { applies: isObject, check: record(credential) },
)

const percent: Check = (value, path) => {
  if (typeof value !== 'number' || !(value > 0 && value <= 100))
    throw wrongValue(path, 'a number above 0, at most 100', JSON.stringify(value) ?? 'nothing')
}

const seed: Check = (value, path) => {
  text(value, path)
  if (!isSeed(String(value))) throw wrongValue(path, seedForm, JSON.stringify(value))
}

const variables: Check = (value, path) => {
  record(text)(value, path)
  const wrong = Object.keys(Object(value)).find((name) => !/^[^=\0]+$/.test(name))
  if (wrong !== undefined) throw wrongValue(path, 'values by the name of a variable', JSON.stringify(wrong))
}

const space: Check = (value, path) => {
  if (!isSpace(value)) throw wrongValue(path, 'bytes or a share such as "10%"', JSON.stringify(value) ?? 'nothing')
}

const gc = anyOf(
  'true, false or an object with bounds',
  { applies: isFlag, check: flag },
  {
    applies: isObject,
    check: shape<StoreBounds>({
      reservedSpace: optional(space),
      maxUsedSpace: optional(space),
      minFreeSpace: optional(space),
    }),
  },
)

const options: Members<BuildOptions> = {
  context: checkContext,
  dockerfile: optional(dockerfile),
  ignoreFile: optional(text),
  contexts: optional(record(checkContext)),
  target: optional(text),
  platforms: optional(list(platform)),
  args: optional(record(text)),
  labels: optional(record(text)),
  unsetLabels: optional(list(text)),
  imageEnv: optional(variables),
  unsetEnv: optional(list(text)),
  squash: optional(choice('new', 'all')),
  omitHistory: optional(flag),
  annotations: optional(annotations),
  tags: optional(list(imageName)),
  push: optional(flag),
  outputs: optional(list(output)),
  attestations: optional(list(tagged('type', attestations))),
  recordProvenance: optional(choice('min', 'max')),
  git: optional(shape<GitOptions>({ info: optional(flag), checkDirty: optional(flag) })),
  advice: optional(list(choice(...adviceSets, ...adviceRules.keys()))),
  noCache: optional(
    anyOf('true, false or an array', { applies: isFlag, check: flag }, { applies: Array.isArray, check: list(text) }),
  ),
  cacheFrom: optional(list(cacheSource)),
  cacheTo: optional(cacheTargets),
  cacheStrict: optional(flag),
  cacheVerify: optional(shape<CacheVerify>({ percent, seed: optional(seed), strict: optional(flag) })),
  cacheKey: optional(secret),
  pull: optional(
    anyOf('true, false or "never"', { applies: isFlag, check: flag }, { applies: isText, check: choice('never') }),
  ),
  retry: optional(shape<RetryOptions>({ times: optional(integer(0, 100)), delay: optional(integer(0, 3_600_000)) })),
  jobs: optional(integer(1, 10_000)),
  network: optional(choice('default', 'host', 'private', 'none')),
  addHosts: optional(hosts),
  shmSize: optional(integer(0)),
  ulimits: optional(someOf(ulimitNames, optional(ulimit))),
  limits: optional(checkLimits),
  volumes: optional(list(shape<Volume>({ source: text, target: text, readonly: optional(flag) }))),
  secrets: optional(record(secret)),
  ssh: optional(record(list(text))),
  allow: optional(list(grant)),
  devices: optional(list(text)),
  cdiDirectories: optional(list(text)),
  remote: optional(remoteOptions),
  isolation: optional(choice(...isolationNames)),
  credentials: optional(credentials),
  env: optional(record(optional(text))),
  cwd: optional(text),
  root: optional(text),
  gc: optional(gc),
  insecureRegistries: optional(list(text)),
  report: optional(callable),
  reportFile: optional(text),
  signal: optional(checkSignal),
}

/**
 * Throws `OptionError` for the first unknown option, and for the first value that `BuildOptions`
 * rules out.
 */
export function checkOptions(value: BuildOptions): void {
  checkAll(value, '')
}

const checkAll = shape<BuildOptions>(options)

function credential(value: unknown, path: string): void {
  anyOf('an object with "username" and "password", or with "identityToken"', {
    applies: isCredential,
    check: () => {},
  })(value, path)
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
