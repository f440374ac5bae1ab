import { RegistryError, type RegistryErrorCode } from './errors.ts'

/** Remedies for failures, by code. */
const hints: Partial<Record<RegistryErrorCode, (registry: string) => string>> = {
  REGISTRY_UNAUTHORIZED: (registry) =>
    `check the name, and log in with: tsbuild login ${registry}, or docker login ${registry}`,
  REGISTRY_DENIED: (registry) =>
    `check the name, and that your account may use it; log in with: tsbuild login ${registry}`,
  REGISTRY_TOO_MANY_REQUESTS: (registry) => `wait, or log in for more requests: tsbuild login ${registry}`,
  REGISTRY_UNAVAILABLE: (registry) => `the fault is at ${registry}: try again later`,
  REGISTRY_TIMEOUT: () => wayHint,
  REGISTRY_UNREACHABLE: () => wayHint,
}

const wayHint =
  'check the name of the registry and the network; a proxy is taken from HTTPS_PROXY, exceptions from NO_PROXY'

/** The same error, with a hint unless it has one. */
export function withHint(error: RegistryError, registry: string): RegistryError {
  const hint = error.hint ?? hints[error.code]?.(registry)
  const { status, temporary, errors, cause } = error
  return new RegistryError(error.code, error.message, { status, temporary, errors, cause, hint })
}
