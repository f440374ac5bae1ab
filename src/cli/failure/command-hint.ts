import type { ErrorCode, TsbuildError } from '@tsbuild/errors'
import { RegistryError } from '@tsbuild/registry'
import { listCauses } from '../../known-error.ts'

const doctorHint = 'run tsbuild doctor for details'

/** Remedies that name commands, flags and variables of the command line. */
const hints: Partial<Record<ErrorCode, string>> = {
  INTERNAL: 'this is a bug in tsbuild: please report it with the stack that TSBUILD_DEBUG=1 prints',
  NO_RUNG: doctorHint,
  NO_SPACE: 'free space there, for example with tsbuild prune, or move the store to a larger disk with TSBUILD_ROOT',
  OUTPUT_NAME_MISSING: 'name the image: tsbuild -t registry.example/app:1.0',
  RUNG_CANNOT: 'see tsbuild doctor for stronger isolation',
  RUNG_UNAVAILABLE: doctorHint,
}

/** The remedy in commands of tsbuild, for an error without a hint of its own. */
export function commandHint(error: TsbuildError): string | undefined {
  const refusal = listCauses(error).find((link) => link instanceof RegistryError)
  return hints[error.code] ?? (refusal && registryHint(refusal))
}

function registryHint({ code, registry, tls }: RegistryError): string | undefined {
  if (registry === undefined) return undefined
  const insecure = `--insecure-registry ${registry} of build, --insecure of other commands`
  if (tls === 'absent') return `if it speaks plain HTTP: ${insecure}`
  if (tls === 'untrusted')
    return `trust its certificate with NODE_EXTRA_CA_CERTS or certs.d (docs/registries.md), or do not check it: ${insecure}`
  switch (code) {
    case 'REGISTRY_UNAUTHORIZED':
      return `check the name, and log in with: tsbuild login ${registry}, or docker login ${registry}`
    case 'REGISTRY_DENIED':
      return `check the name, and that your account may use it; log in with: tsbuild login ${registry}`
    case 'REGISTRY_TOO_MANY_REQUESTS':
      return `wait, or log in for more requests: tsbuild login ${registry}`
    default:
      return undefined
  }
}
