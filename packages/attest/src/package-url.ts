import { familiarReference, formatPlatform, parseReference, type Platform, withDefaultTag } from '@tsbuild/oci'

/**
 * The package URL (purl-spec) of an image: `pkg:docker/name@tag?digest=…&platform=…`. `docker` is
 * what a registry has, `oci` what came from a directory. Throws `OciError` for what is no
 * reference.
 */
export function imagePackageUrl(type: 'docker' | 'oci', reference: string, platform?: Platform): string {
  const { digest, tag, ...place } = withDefaultTag(parseReference(reference))
  const path = familiarReference(place).split('/').map(encodeURIComponent).join('/')
  const version = tag === undefined ? '' : `@${encodeURIComponent(tag)}`
  const qualifiers = [
    ...(digest === undefined ? [] : [`digest=${digest}`]),
    ...(platform === undefined ? [] : [`platform=${encodeURIComponent(formatPlatform(platform))}`]),
  ]
  return `pkg:${type}/${path}${version}${qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`}`
}
