import { RegistryError } from './errors.ts'

/** The failure of a registry in a chain of causes; bounded, since a chain can be a ring. */
export function findRegistryError(error: unknown): RegistryError | undefined {
  let link = error
  for (let depth = 0; depth < 10 && link instanceof Error; depth++) {
    if (link instanceof RegistryError) return link
    link = link.cause
  }
  return undefined
}

/**
 * The failure in one clause that begins with the registry: `registry.example did not answer`. The
 * message of the error has the request and the words of the registry.
 */
export function summarize(error: RegistryError): string {
  const { registry = 'the server', code, status, message } = error
  switch (code) {
    case 'REGISTRY_UNAUTHORIZED':
      return `${registry} wants a valid login`
    case 'REGISTRY_DENIED':
      return `${registry} denied access`
    case 'REGISTRY_NOT_FOUND':
      return `${registry} has no such image or repository`
    case 'REGISTRY_TOO_MANY_REQUESTS':
      return `${registry} limits requests`
    case 'REGISTRY_TIMEOUT':
      return `${registry} did not answer in time`
    case 'REGISTRY_UNREACHABLE':
      return isUnknownHost(error) ? `cannot find the host ${registry}` : `${registry} did not answer`
    case 'REGISTRY_TLS':
      return error.tls === 'absent' ? `${registry} does not speak TLS` : `cannot trust the certificate of ${registry}`
    case 'REGISTRY_UNAVAILABLE':
      return `${registry} failed`
    case 'REGISTRY_PROTOCOL':
      return status !== undefined && status >= 400
        ? `${registry} refused the request`
        : `${registry} did not answer as a registry does`
    case 'REGISTRY_TOO_LARGE':
      return status === 413 ? `${registry} refused the size` : `the answer of ${registry} is too large`
    case 'REGISTRY_QUOTA':
      return `the quota at ${registry} is used up`
    case 'REGISTRY_TAG_IMMUTABLE':
      return `${registry} does not let the tag change`
    case 'REGISTRY_MANIFEST_INVALID':
      return status === undefined ? `${registry} sent no valid manifest` : `${registry} refused the manifest`
    case 'REGISTRY_WRONG_CONTENT':
      return `${registry}, or a proxy before it, sent wrong content`
    case 'CREDENTIALS_UNREADABLE':
    case 'REGISTRY_CONFIG_INVALID':
    case 'REGISTRY_BLOCKED':
      return message
  }
}

function isUnknownHost({ cause }: RegistryError): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
}
