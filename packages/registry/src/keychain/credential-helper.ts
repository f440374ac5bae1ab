import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { RegistryError } from '../errors.ts'
import type { Environment } from './docker-config.ts'
import type { Credential } from './keychain.ts'

/**
 * One call of a `docker-credential-…` program (docker-credential-helpers, README § Development).
 */
export interface HelperCall {
  readonly helper: string
  readonly action: 'get' | 'store' | 'erase'
  readonly input: string
  readonly env: Environment
  /** Milliseconds before the helper is killed; default 30,000. */
  readonly timeout?: number
}

const defaultTimeout = 30_000
/** Bytes of output a helper may write. */
const maxOutput = 64 * 1024
/** Time for output that is under way when a helper ends, in milliseconds. */
const outputGrace = 500
/** The user name that marks a secret as an identity token. */
const tokenUser = '<token>'

/** Asks a helper for the credential of a server; undefined when it has none. */
export async function getFromHelper(call: Omit<HelperCall, 'action'>): Promise<Credential | undefined> {
  const { output, succeeded } = await runHelper({ ...call, action: 'get' })
  if (!succeeded) {
    if (/credentials not found/i.test(output)) return undefined
    throw helperError(call.helper, output)
  }
  const credential = parseCredential(output)
  if (credential === undefined) throw helperError(call.helper, 'unexpected output')
  return credential
}

/** Gives a credential to a helper to keep. */
export async function storeWithHelper(
  call: Omit<HelperCall, 'action' | 'input'>,
  server: string,
  credential: Credential,
): Promise<void> {
  const { username, secret } =
    credential.kind === 'basic'
      ? { username: credential.username, secret: credential.password }
      : { username: tokenUser, secret: credential.token }
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret })
  const { succeeded } = await runHelper({ ...call, action: 'store', input })
  // A helper's output is not quoted here: it has just received the secret.
  if (!succeeded) throw helperError(call.helper, 'it refused to store the credential')
}

/** Lets a helper forget a server; one that knows nothing about it is fine. */
export async function eraseWithHelper(call: Omit<HelperCall, 'action'>): Promise<void> {
  const { output, succeeded } = await runHelper({ ...call, action: 'erase' })
  if (!succeeded && !/credentials not found/i.test(output)) throw helperError(call.helper, output)
}

async function runHelper({
  helper,
  action,
  input,
  env,
  timeout,
}: HelperCall): Promise<{ readonly output: string; readonly succeeded: boolean }> {
  if (!/^[\w.-]+$/.test(helper)) throw helperError(helper.slice(0, 50), 'not a name of a helper')
  const child = spawn(`docker-credential-${helper}`, [action], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...env },
    timeout: timeout ?? defaultTimeout,
    killSignal: 'SIGKILL',
  })
  // The exit status reports a helper that does not read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const chunks: Buffer[] = []
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxOutput) chunks.push(chunk)
    else child.kill('SIGKILL')
  })
  try {
    const status = await exitOf(child)
    if (size > maxOutput) throw new Error('too much output')
    if (typeof status === 'string') throw new Error(`ended by ${status}`)
    return { output: Buffer.concat(chunks).toString('utf8'), succeeded: status === 0 }
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw helperError(
      helper,
      missing ? 'not found in PATH' : cause instanceof Error ? cause.message : String(cause),
      cause,
    )
  }
}

/**
 * Exit status or signal, once the output has ended. A program that the helper has started may hold
 * the other end of the output for long, so it is closed soon after the exit.
 */
function exitOf(child: ChildProcessByStdio<Writable, Readable, null>): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => setTimeout(() => child.stdout.destroy(), outputGrace).unref())
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
}

function helperError(helper: string, reason: string, cause?: unknown): RegistryError {
  const message = `cannot use credential helper "docker-credential-${helper}": ${reason.trim().slice(0, 200)}`
  return new RegistryError('CREDENTIALS_UNREADABLE', message, {
    cause,
    hint: 'install the helper, or remove it from the credential file',
  })
}

function parseCredential(output: string): Credential | undefined {
  try {
    const { Username: username, Secret: secret }: Readonly<Record<string, unknown>> = { ...JSON.parse(output) }
    if (typeof username !== 'string' || typeof secret !== 'string') return undefined
    return username === tokenUser ? { kind: 'identity', token: secret } : { kind: 'basic', username, password: secret }
  } catch {
    return undefined
  }
}
