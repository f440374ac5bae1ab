import { formatPlatform, parsePlatform, type Platform } from '@tsbuild/oci'
import { ImageOptionError } from './image-option-error.ts'

/** Where an annotation can go: on a manifest or index, or on the descriptor that points at it. */
export type AnnotationTarget = 'manifest' | 'manifest-descriptor' | 'index' | 'index-descriptor'

/** One annotation and where it goes. Without a platform it goes to the manifests of all. */
export interface Annotation {
  readonly target: AnnotationTarget
  readonly platform?: Platform
  readonly key: string
  readonly value: string
}

const outputKey = /^annotation(?:-(manifest-descriptor|manifest|index-descriptor|index))?(?:\[([^\]]+)\])?\.(.+)$/
const flag = /^(?:((?:[a-z-]+(?:\[[^\]]*\])?)(?:,[a-z-]+(?:\[[^\]]*\])?)*):)?([^=]+)=(.*)$/s
const flagTarget = /^(manifest-descriptor|manifest|index-descriptor|index)(?:\[([^\]]+)\])?$/

/** Reads an annotation as an output takes it: `annotation-index[linux/arm64].key` with its value. */
export function parseOutputAnnotation(name: string, value: string): Annotation {
  const [, target, platform, key] = outputKey.exec(name) ?? []
  if (key === undefined) throw new ImageOptionError('ANNOTATION_INVALID', `Cannot read annotation "${name}"`)
  return annotation(target, platform, { key, value })
}

/** Reads an annotation as `--annotation` takes it: `[type[platform],…:]key=value`. */
export function parseAnnotationFlag(text: string): readonly Annotation[] {
  const [, targets, key, value] = flag.exec(text) ?? []
  if (key === undefined || value === undefined) {
    throw new ImageOptionError('ANNOTATION_INVALID', `Cannot read annotation "${text}": expected [TYPE:]KEY=VALUE`)
  }
  return (targets ?? 'manifest').split(',').map((part) => {
    const [, target, platform] = flagTarget.exec(part) ?? []
    if (target === undefined) throw new ImageOptionError('ANNOTATION_INVALID', `Unknown annotation type "${part}"`)
    return annotation(target, platform, { key, value })
  })
}

/** What of `annotations` goes to one place. */
export function annotationsFor(
  annotations: readonly Annotation[],
  target: AnnotationTarget,
  platform?: Platform,
): Readonly<Record<string, string>> {
  const chosen = annotations.filter(
    (one) =>
      one.target === target &&
      (one.platform === undefined || (platform !== undefined && formatPlatform(one.platform) === formatPlatform(platform))),
  )
  return Object.fromEntries(chosen.map(({ key, value }) => [key, value]))
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
