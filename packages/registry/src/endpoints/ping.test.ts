import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import { registryMissing, startRegistry } from '../testing/registry-server.ts'

test.skipIf(registryMissing !== undefined)(
  `a registry is asked whether it takes a credential${registryMissing ? ` (${registryMissing})` : ''}`,
  async () => {
    await using server = await startRegistry({ htpasswd: true })
    const { username, password } = server.credential
    const ask = async (secret: string): Promise<void> => {
      await using client = createRegistryClient({
        keychain: { credentialFor: async () => ({ kind: 'basic', username, password: secret }) },
      })
      await client.ping(server.host)
    }
    await expect(ask(password)).resolves.toBeUndefined()
    await expect(ask('wrong')).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
  },
)
