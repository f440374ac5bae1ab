import { didYouMean } from '@tsbuild/dockerfile'
import { formatPlatform, parsePlatform, type Platform } from '@tsbuild/oci'
import { ImageOptionError } from './image-option-error.ts'

/** Place of an annotation: a manifest or index, or the descriptor that points at it. */
export type AnnotationTarget = 'manifest' | 'manifest-descriptor' | 'index' | 'index-descriptor'

/** One annotation and where it goes. Without a platform it goes to the manifests of all. */
export interface Annotation {
  readonly target: AnnotationTarget
  readonly platform?: Platform
  readonly key: string
  readonly value: string
}

const outputKey = /^annotation(?:-(manifest-descriptor|manifest|index-descriptor|index))?(?:\[([^\]]+)\])?\.(.+)$/
const flag = /^(?:([^=:]*):)?([^=]+)=(.*)$/s
const flagTarget = /^(manifest-descriptor|manifest|index-descriptor|index)(?:\[([^\]]+)\])?$/

/**
 * Reads an annotation as an output takes it: `annotation-index[linux/arm64].key` with its value.
 */
export function parseOutputAnnotation(name: string, value: string): Annotation {
  const [, target, platform, key] = outputKey.exec(name) ?? []
  if (key === undefined) throw new ImageOptionError('ANNOTATION_INVALID', `cannot read annotation "${name}"`)
  return annotation(target, platform, { key, value })
}

/** Reads an annotation as `--annotation` takes it: `[type[platform],…:]key=value`. */
export function parseAnnotationFlag(text: string): readonly Annotation[] {
  const [, targets = 'manifest', key, value] = flag.exec(text) ?? []
  if (key === undefined || value === undefined) {
    throw new ImageOptionError('ANNOTATION_INVALID', `cannot read annotation "${text}": expected [TYPE:]KEY=VALUE`)
  }
  return targets.split(',').map((part) => {
    const [, target, platform] = flagTarget.exec(part) ?? []
    if (target === undefined) {
      throw new ImageOptionError('ANNOTATION_INVALID', `unknown annotation type "${part}" in "${text}"`, {
        hint: 'types are manifest, index, manifest-descriptor and index-descriptor, with [os/arch] behind them for one platform',
        ...didYouMean(part, ['manifest', 'index', 'manifest-descriptor', 'index-descriptor']),
      })
    }
    return annotation(target, platform, { key, value })
  })
}

/**
 * Annotations for one place: later ones win, and those for the platform over those for all. An
 * index has no platform.
 */
export function annotationsFor(
  annotations: readonly Annotation[],
  target: AnnotationTarget,
  platform?: Platform,
): Readonly<Record<string, string>> {
  const chosen = annotations.filter((one) => one.target === target)
  const hasPlatform = target === 'manifest' || target === 'manifest-descriptor'
  const forAll = chosen.filter((one) => one.platform === undefined || !hasPlatform)
  const own = chosen.filter((one) => hasPlatform && platform !== undefined && isFor(one, platform))
  return Object.fromEntries([...forAll, ...own].map(({ key, value }) => [key, value]))
}

/** True if an annotation is for this platform alone. */
export function isFor({ platform }: Annotation, wanted: Platform): boolean {
  return platform !== undefined && formatPlatform(platform) === formatPlatform(wanted)
}

function annotation(
  target: string | undefined,
  platform: string | undefined,
  pair: { readonly key: string; readonly value: string },
): Annotation {
  const place = isTarget(target) ? target : 'manifest'
  return { target: place, ...pair, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) }
}

function isTarget(text: string | undefined): text is AnnotationTarget {
  return text === 'manifest' || text === 'manifest-descriptor' || text === 'index' || text === 'index-descriptor'
}
