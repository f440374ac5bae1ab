import { type Digest, digestForm, isDigest } from './digest.ts'
import { OciError } from './errors.ts'

/**
 * A name of an image, normalised: `registry` is always there, one-word Docker Hub names are under
 * `library/`.
 */
export interface Reference {
  /** Host with optional port; Docker Hub is `docker.io`. */
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  /** Pins the content; the tag is then only for people. */
  readonly digest?: Digest
}

const hub = 'docker.io'
const maximumName = 255
const hostPattern =
  /^(?:[a-zA-Z\d](?:[a-zA-Z\d-]*[a-zA-Z\d])?(?:\.[a-zA-Z\d](?:[a-zA-Z\d-]*[a-zA-Z\d])?)*|\[[a-fA-F\d:]+\])(?::\d+)?$/
const componentPattern = /^[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*$/
const tagPattern = /^\w[\w.-]{0,127}$/

/**
 * Reads a reference by Docker's rules (distribution/reference). Throws `OciError`
 * `REFERENCE_INVALID`.
 */
export function parseReference(text: string): Reference {
  if (text.length > 2 * maximumName + 128)
    refuse(text, `repository name must not be more than ${maximumName} characters`)
  const { name, tag, digest } = splitSuffixes(text)
  if (tag !== undefined && !tagPattern.test(tag)) refuse(text, 'invalid reference format')
  if (digest !== undefined && !isDigest(digest))
    refuse(text, `invalid reference format: expected ${digestForm} after "@"`)
  if (/^[a-f\d]{64}$/.test(text)) refuse(text, 'invalid repository name: cannot be 64 hex digits')
  return {
    ...parseName(name, text),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && isDigest(digest) && { digest }),
  }
}

/** The full form, such as `docker.io/library/busybox:1.36`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffixes(reference)}`
}

/**
 * The short form people write, such as `busybox:1.36`; `parseReference` reads it as the same
 * reference.
 */
export function familiarReference(reference: Reference): string {
  if (reference.registry !== hub) return formatReference(reference)
  const short = reference.repository.replace(/^library\/(?!.*\/)/, '')
  const ambiguous = /^[a-f\d]{64}$/.test(short) || (short.includes('/') && isHost(short.split('/', 1)[0] ?? ''))
  return ambiguous ? formatReference(reference) : `${short}${suffixes(reference)}`
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference
}

/** A colon after the last slash starts a tag; before it, it belongs to a port. */
function splitSuffixes(text: string): {
  readonly name: string
  readonly tag: string | undefined
  readonly digest: string | undefined
} {
  const at = text.indexOf('@')
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  return {
    name: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: at < 0 ? undefined : text.slice(at + 1),
  }
}

function parseName(name: string, text: string): Reference {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const hasHost = slash >= 0 && isHost(first)
  const path = hasHost ? name.slice(slash + 1) : name
  const registry = !hasHost || first === 'index.docker.io' ? hub : first
  const repository = registry === hub && !path.includes('/') ? `library/${path}` : path

  if (path !== path.toLowerCase()) refuse(text, `invalid reference format: repository name (${path}) must be lowercase`)
  if (!hostPattern.test(registry) || !path.split('/').every((component) => componentPattern.test(component))) {
    refuse(text, 'invalid reference format')
  }
  if (registry.length + 1 + repository.length > maximumName) {
    refuse(text, `repository name must not be more than ${maximumName} characters`)
  }
  return { registry, repository }
}

/** The first part of a path is a host when it could not be a directory of Docker Hub. */
function isHost(part: string): boolean {
  return /[.:]/.test(part) || part === 'localhost' || part !== part.toLowerCase()
}

function suffixes({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

function refuse(text: string, reason: string): never {
  throw new OciError('REFERENCE_INVALID', `cannot read reference "${text.slice(0, 300)}": ${reason}`, {
    hint: 'write it like busybox:1.36, registry.example/team/app:1.0 or name@sha256:…',
  })
}
