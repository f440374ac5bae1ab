import { formatPlatform, parsePlatform, type Platform } from '@tsbuild/oci'

/** Places of annotations: a manifest or index, or the descriptor that points at it. */
export const annotationTargets = ['manifest', 'manifest-descriptor', 'index', 'index-descriptor'] as const

/** Place of an annotation. */
export type AnnotationTarget = (typeof annotationTargets)[number]

/** One annotation and where it goes. Without a platform it goes to the manifests of all. */
export interface Annotation {
  readonly target: AnnotationTarget
  readonly platform?: Platform
  readonly key: string
  readonly value: string
}

/** One annotation of an image, as a caller gives it. */
export interface AnnotationOption {
  /** @example 'org.opencontainers.image.title' */
  readonly key: string
  readonly value: string
  /** Document or descriptor that has it. Default: `manifest`. */
  readonly target?: AnnotationTarget
  /** `os/arch[/variant]` of the only manifest that has it. Default: all. */
  readonly platform?: string
}

/** Annotations by key, for the manifest of every platform; or one by one, with their places. */
export type Annotations = Readonly<Record<string, string>> | readonly AnnotationOption[]

/** Annotations of a caller with their places. Throws `OciError` `PLATFORM_INVALID`. */
export function readAnnotations(given: Annotations = []): readonly Annotation[] {
  const options: readonly AnnotationOption[] = isList(given)
    ? given
    : Object.entries(given).map(([key, value]) => ({ key, value }))
  return options.map(({ target = 'manifest', platform, key, value }) => ({
    target,
    key,
    value,
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
  }))
}

function isList(given: Annotations): given is readonly AnnotationOption[] {
  return Array.isArray(given)
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
