import { createRegistryClient } from '@tsbuild/registry'
import type { Reporter } from '../progress/event.ts'
import { reportWaits } from './report-waits.ts'

/** Asks a registry whether it takes a credential; rejects with a `REGISTRY_…` code when it does not. */
export async function checkCredential(request: {
  readonly registry: string
  readonly username: string
  readonly password: string
  readonly insecure: boolean
  readonly signal: AbortSignal
  readonly report: Reporter
}): Promise<void> {
  const { registry, username, password, insecure, signal, report } = request
  const keychain = { credentialFor: async () => ({ kind: 'basic', username, password }) as const }
  await using client = createRegistryClient({
    keychain,
    signal,
    insecureRegistries: insecure ? [registry] : [],
    onRetry: reportWaits(report),
  })
  await client.ping(registry)
}
