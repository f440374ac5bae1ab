import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'

/** `tsbuild logout`: forgets a credential. */
export function logoutCommand({ stdout, env, cwd }: Invocation): Command {
  return new Command('logout')
    .description('Remove the credential for a registry.')
    .argument('[registry]', 'host, with an optional port', 'docker.io')
    .option('--authfile <file>', 'file to remove the credential from (default: $REGISTRY_AUTH_FILE)')
    .action(async (registry: string, { authfile }: { readonly authfile?: string }) => {
      const { eraseCredential } = await import('@tsbuild/registry')
      const known = await eraseCredential(registry, {
        env: authfile === undefined ? env : { ...env, REGISTRY_AUTH_FILE: resolve(cwd, authfile) },
      })
      stdout.write(known ? `logged out of ${registry}\n` : `no credential for ${registry} in the file\n`)
    })
}
