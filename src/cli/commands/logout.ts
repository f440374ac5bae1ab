import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'

/** `tsbuild logout`: forgets a credential. */
export function logoutCommand({ stdout, env }: Invocation): Command {
  return new Command('logout')
    .description('Forget the credential for a registry.')
    .argument('[registry]', 'host, and port if need be', 'docker.io')
    .action(async (registry: string) => {
      const { eraseCredential } = await import('@tsbuild/registry')
      const known = await eraseCredential(registry, { env })
      stdout.write(known ? `logged out of ${registry}\n` : `no credential for ${registry} in the file\n`)
    })
}
