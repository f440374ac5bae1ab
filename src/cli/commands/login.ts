import { resolve } from 'node:path'
import { Command } from 'commander'
import { readAll } from '@tsbuild/content'
import type { Reporter } from '../../progress/event.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { prompt } from '../invocation/prompt.ts'
import { formatWarning } from '../render/plain.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { allowsInsecure, certDirHelp, tlsVerifyHelp, withRegistryFiles } from '../values/registry-access.ts'

interface LoginFlags {
  readonly authfile?: string
  readonly certDir?: string
  readonly insecure?: boolean
  readonly tlsVerify?: string
  readonly password?: string
  readonly passwordStdin?: boolean
  readonly username?: string
}

interface Login {
  readonly username: string
  readonly password: string
}

/** Bytes of a password or token. */
const maxPassword = 64 * 1024

/** `tsbuild login`: remembers a credential where docker does, once the registry takes it. */
export function loginCommand(invocation: Invocation): Command {
  const { stdout, stderr, engine, signal, cwd } = invocation
  return new Command('login')
    .description(
      "Check a credential with a registry and store it in docker's config.json, or in the credential helper named there. Asks for what is missing on a terminal.",
    )
    .argument('[registry]', 'host, with an optional port', 'docker.io')
    .option('-u, --username <name>', 'user name')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('-p, --password <password>', 'password or token; other users of this machine can read it')
    .option('--authfile <file>', 'file to store the credential in (default: $REGISTRY_AUTH_FILE)')
    .option('--cert-dir <directory>', certDirHelp)
    .option('--insecure', 'allow plain HTTP or unverified TLS')
    .option('--tls-verify <boolean>', tlsVerifyHelp)
    .addHelpText('after', '\nExample:\n  printenv TOKEN | tsbuild login -u ci --password-stdin registry.example\n')
    .action(async (registry: string, flags: LoginFlags) => {
      const report: Reporter = (event) => event.type === 'warning' && stderr.write(`${formatWarning(event)}\n`)
      const insecure = allowsInsecure(flags)
      const { username, password } = await readLogin(registry, flags, invocation)
      if (flags.password !== undefined) {
        const message = '--password is visible to other users of this machine; use --password-stdin'
        await report({ type: 'warning', code: 'PasswordVisible', message })
      }
      const { authfile, certDir } = flags
      const access = await withRegistryFiles(invocation, certDir === undefined ? {} : { certDir })
      await engine.checkCredential({ registry, username, password, insecure, env: access, signal, report })
      const env = {
        ...invocation.env,
        ...(authfile !== undefined && { REGISTRY_AUTH_FILE: resolve(cwd, authfile) }),
      }
      const { saveCredential } = await import('@tsbuild/registry')
      await saveCredential(registry, { kind: 'basic', username, password }, { env })
      if (await isShadowed(registry, password, env)) {
        const message = `DOCKER_AUTH_CONFIG has another credential for ${registry}, which is used instead`
        await report({ type: 'warning', code: 'CredentialShadowed', message })
      }
      stdout.write(`logged in to ${registry}\n`)
    })
}

async function readLogin(
  registry: string,
  { username, password, passwordStdin = false }: LoginFlags,
  invocation: Invocation,
): Promise<Login> {
  if (passwordStdin && password !== undefined)
    throw new UsageError('options --password and --password-stdin exclude each other')
  const questions = [
    ...(username === undefined ? [{ label: 'Username: ' }] : []),
    ...(password === undefined && !passwordStdin ? [{ label: 'Password: ', hidden: true }] : []),
  ]
  if (questions.length > 0 && (passwordStdin || invocation.stdin.isTTY !== true))
    throw new UsageError(`missing --${username === undefined ? 'username' : 'password-stdin'}`, {
      hint: `printenv TOKEN | tsbuild login -u ${username ?? 'NAME'} --password-stdin ${registry}`,
    })
  const answers = questions.length === 0 ? [] : await prompt(invocation, questions)
  const login = {
    username: username ?? answers[0] ?? '',
    password: passwordStdin ? await readPassword(invocation.stdin) : (password ?? answers.at(-1) ?? ''),
  }
  if (login.username === '') throw new UsageError('the user name is empty')
  if (login.password === '') throw new UsageError('the password is empty')
  return login
}

async function readPassword(stdin: Invocation['stdin']): Promise<string> {
  const bytes = await readAll(stdin, maxPassword)
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** True when DOCKER_AUTH_CONFIG hides the stored password. */
async function isShadowed(registry: string, password: string, env: Invocation['env']): Promise<boolean> {
  if (!env['DOCKER_AUTH_CONFIG']) return false
  const { dockerKeychain } = await import('@tsbuild/registry')
  const found = await dockerKeychain({ env }).credentialFor(registry, '')
  return found?.kind !== 'basic' || found.password !== password
}
