import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'

/** `tsbuild logout`: forgets a credential. */
export function logoutCommand({ stdout, env }: Invocation): Command {
  return new Command('logout')
    .description('Remove the credential for a registry.')
    .argument('[registry]', 'host, with an optional port', 'docker.io')
    .action(async (registry: string) => {
      const { eraseCredential } = await import('@tsbuild/registry')
      const known = await eraseCredential(registry, { env })
      stdout.write(known ? `logged out of ${registry}\n` : `no credential for ${registry} in the file\n`)
    })
}
