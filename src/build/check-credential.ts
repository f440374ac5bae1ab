import { createRegistryClient } from '@tsbuild/registry'

/** Asks a registry whether it takes a credential; rejects with a `REGISTRY_…` code when it does not. */
export async function checkCredential(request: {
  readonly registry: string
  readonly username: string
  readonly password: string
  readonly insecure: boolean
  readonly signal: AbortSignal
}): Promise<void> {
  const { registry, username, password, insecure, signal } = request
  const keychain = { credentialFor: async () => ({ kind: 'basic', username, password }) as const }
  await using client = createRegistryClient({ keychain, signal, insecureRegistries: insecure ? [registry] : [] })
  await client.ping(registry)
}
