import { createRegistryClient, type Environment, type Keychain, RegistryError } from '@tsbuild/registry'
import type { Reporter } from './progress/event.ts'
import { reportWaits } from './progress/report-waits.ts'

/**
 * Asks a registry whether it takes a credential; rejects with a `REGISTRY_…` code when it does not.
 * Warns of a registry that takes any.
 */
export async function checkCredential(request: {
  readonly registry: string
  readonly username: string
  readonly password: string
  readonly insecure: boolean
  /** Variables with proxies and certificates. */
  readonly env: Environment
  readonly signal: AbortSignal
  readonly report: Reporter
}): Promise<void> {
  const { registry, username, password, insecure, env, signal, report } = request
  let asked = false
  const keychain: Keychain = {
    credentialFor: async () => {
      asked = true
      return { kind: 'basic', username, password }
    },
  }
  await using client = createRegistryClient({
    keychain,
    env,
    signal,
    insecureRegistries: insecure ? [registry] : [],
    onRetry: reportWaits(report),
  })
  try {
    await client.ping(registry)
  } catch (error) {
    throw refusal(error, registry, username)
  }
  if (!asked) {
    const message = `${registry} answers without credentials: the password was not checked`
    await report({ type: 'warning', code: 'CredentialUnchecked', message })
  }
}

/** The usual hint is to log in, which is what failed. */
function refusal(error: unknown, registry: string, username: string): unknown {
  if (!(error instanceof RegistryError) || !['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED'].includes(error.code))
    return error
  const { code, status, errors } = error
  const hint = 'check the user name and the password; a token may have expired, or lack the right to use registries'
  return new RegistryError(code, `${registry} refused the credentials of user "${username}"`, {
    hint,
    status,
    errors,
    cause: error,
  })
}
