import type {
  ArchiveOutput,
  CacheOnlyOutput,
  ImageOutput,
  ImageOutputOptions,
  LocalOutput,
  Output,
  TarOutput,
} from '../../export/output.ts'
import { type AnnotationOption, annotationTargets } from '../../image/annotations.ts'
import { imageName, platform } from './option-names.ts'
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
  tagged,
  text,
} from './option-value.ts'

const epoch = anyOf(
  'an integer or "none"',
  { applies: isText, check: choice('none') },
  { applies: () => true, check: integer(0) },
)

const dated = { sourceDateEpoch: optional(epoch) }

interface Leveled {
  readonly type: string
  readonly level?: number
}

/** Compressions of layers, eStargz aside. */
export const plainCompressions = {
  none: shape<{ type: string }>({ type: text }),
  gzip: shape<Leveled>({ type: text, level: optional(integer(0, 9)) }),
  zstd: shape<Leveled>({ type: text, level: optional(integer(0, 22)) }),
}

const compression = tagged('type', {
  ...plainCompressions,
  estargz: shape<Leveled>({ type: text, level: optional(integer(0, 9)) }),
})

/** Annotations of an image. */
export const annotations: Check = anyOf(
  'an object or an array',
  {
    applies: Array.isArray,
    check: list(
      shape<AnnotationOption>({
        key: text,
        value: text,
        target: optional(choice(...annotationTargets)),
        platform: optional(platform),
      }),
    ),
  },
  { applies: isObject, check: record(text) },
)

const imageOutput: Members<ImageOutputOptions> = {
  ...dated,
  compression: optional(compression),
  forceCompression: optional(flag),
  preferNondistLayers: optional(flag),
  ociMediaTypes: optional(flag),
  rewriteTimestamp: optional(flag),
  attestationInline: optional(flag),
  ociArtifact: optional(flag),
  annotations: optional(annotations),
}

const fileOutput = { ...dated, platformSplit: optional(flag), attestationPrefix: optional(text) }

const archiveDest = anyOf(
  'a path or a function',
  { applies: isText, check: text },
  { applies: (value) => typeof value === 'function', check: callable },
)

const archiveShape = shape<ArchiveOutput>({
  kind: text,
  dest: archiveDest,
  tar: optional(flag),
  names: optional(list(imageName)),
  ...imageOutput,
})

/** Only a file can be a stream, a layout in a directory is many. */
const archive: Check = (value, path) => {
  archiveShape(value, path)
  const { tar, dest }: Readonly<Record<string, unknown>> = { ...Object(value) }
  if (tar === false) text(dest, `${path}.dest`)
}

const kinds: { readonly [K in Output['kind']]: Check } = {
  oci: archive,
  docker: archive,
  image: shape<ImageOutput>({
    kind: text,
    names: optional(list(imageName)),
    push: optional(flag),
    pushByDigest: optional(flag),
    insecure: optional(flag),
    store: optional(flag),
    nameCanonical: optional(flag),
    danglingPrefix: optional(imageName),
    ...imageOutput,
  }),
  local: shape<LocalOutput>({ kind: text, dest: text, mode: optional(choice('copy', 'delete')), ...fileOutput }),
  tar: shape<TarOutput>({ kind: text, dest: archiveDest, ...fileOutput }),
  cacheonly: shape<CacheOnlyOutput>({ kind: text }),
}

/** One output. */
export const output: Check = tagged('kind', kinds)
