import { Command } from 'commander'
import type { Reporter } from '../../progress/event.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { formatWarning } from '../render/plain.ts'
import { UsageError } from '../invocation/usage-error.ts'

interface LoginFlags {
  readonly insecure?: boolean
  readonly passwordStdin?: boolean
  readonly username?: string
}

/** `tsbuild login`: remembers a credential where docker does, once the registry takes it. */
export function loginCommand(invocation: Invocation): Command {
  const { stdin, stdout, stderr, env, engine, signal } = invocation
  return new Command('login')
    .description(
      "Check a credential with a registry and store it in docker's config.json, or in the credential helper named there.",
    )
    .argument('[registry]', 'host, with an optional port', 'docker.io')
    .option('-u, --username <name>', 'user name')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--insecure', 'allow plain HTTP or unverified TLS')
    .addHelpText('after', '\nExample:\n  printenv TOKEN | tsbuild login -u ci --password-stdin registry.example\n')
    .action(async (registry: string, { insecure = false, passwordStdin, username }: LoginFlags) => {
      if (username === undefined)
        throw new UsageError('missing --username', {
          hint: `printenv TOKEN | tsbuild login -u NAME --password-stdin ${registry}`,
        })
      if (!passwordStdin)
        throw new UsageError('missing --password-stdin: a password on the command line could be read by other users')
      const password = await readPassword(stdin)
      const report: Reporter = (event) => event.type === 'warning' && stderr.write(`${formatWarning(event)}\n`)
      await engine.checkCredential({ registry, username, password, insecure, signal, report })
      const { saveCredential } = await import('@tsbuild/registry')
      await saveCredential(registry, { kind: 'basic', username, password }, { env })
      stdout.write(`logged in to ${registry}\n`)
    })
}

async function readPassword(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(chunk)
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('The password on standard input is empty')
  return password
}
