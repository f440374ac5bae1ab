import { parsePlatform } from '@tsbuild/oci'
import { type AnnotationOption, annotationTargets, type AnnotationTarget } from '../../image/annotations.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { UsageError } from '../invocation/usage-error.ts'

const outputKey = /^annotation(?:-([\w-]+))?(?:\[([^\]]+)\])?\.(.+)$/
const flag = /^(?:([^=:]*):)?([^=]+)=(.*)$/s
const flagTarget = /^([^[\]]*)(?:\[([^\]]+)\])?$/

/** True for a key of `--output` that is an annotation: `annotation-index[linux/arm64].key`. */
export function isAnnotationKey(key: string): boolean {
  const [match, target = 'manifest'] = outputKey.exec(key) ?? []
  return match !== undefined && isTarget(target)
}

/** An annotation of `--output`, from its key and value. */
export function parseOutputAnnotation(name: string, value: string): AnnotationOption {
  const [, target = 'manifest', platform, key = ''] = outputKey.exec(name) ?? []
  return annotation('--output', { target, platform, key, value })
}

/** A value of `--annotation`, `[type[platform],…:]key=value`: one for each type. */
export function parseAnnotation(text: string): readonly AnnotationOption[] {
  const [, targets = 'manifest', key, value] = flag.exec(text) ?? []
  if (key === undefined || value === undefined)
    throw new UsageError(`invalid --annotation "${text}": expected [type:]key=value`)
  return targets.split(',').map((part) => {
    const [, target = part, platform] = flagTarget.exec(part) ?? []
    return annotation('--annotation', { target, platform, key, value })
  })
}

function annotation(
  source: string,
  { target, platform, key, value }: { target: string; platform: string | undefined; key: string; value: string },
): AnnotationOption {
  if (!isTarget(target)) throw notAllowed(`${source} type`, target, annotationTargets)
  if (platform === undefined) return { target, key, value }
  parsePlatform(platform)
  return { target, key, value, platform }
}

function isTarget(text: string): text is AnnotationTarget {
  return annotationTargets.some((target) => target === text)
}
