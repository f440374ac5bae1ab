import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dockerConfigPath, type JsonObject, objectOf, readDockerConfig, writeDockerConfig } from './docker-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The key docker files Docker Hub under. */
const hub = 'https://index.docker.io/v1/'

/** Remembers a credential as docker does: in the helper that config.json names, else in the file itself (mode 0600). Tells where. */
export async function storeCredential(
  credential: { readonly registry: string; readonly username: string; readonly password: string },
  env: Environment,
): Promise<string> {
  const { username, password } = credential
  const key = keyOf(credential.registry)
  const path = dockerConfigPath(env)
  const config = await readDockerConfig(path)
  const helper = helperOf(config, key)
  if (helper !== undefined) {
    await runHelper(helper, 'store', { input: JSON.stringify({ ServerURL: key, Username: username, Secret: password }), env })
    return `docker-credential-${helper}`
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await writeDockerConfig(path, { ...config, auths: { ...objectOf(config['auths']), [key]: { auth } } })
  return path
}

/** Forgets it again; false when there was nothing to forget in the file. A helper is asked in any case. */
export async function eraseCredential(registry: string, env: Environment): Promise<boolean> {
  const key = keyOf(registry)
  const path = dockerConfigPath(env)
  const config = await readDockerConfig(path)
  const helper = helperOf(config, key)
  if (helper !== undefined) await runHelper(helper, 'erase', { input: key, env })
  const { [key]: known, ...auths } = objectOf(config['auths'])
  if (known !== undefined) await writeDockerConfig(path, { ...config, auths })
  return known !== undefined || helper !== undefined
}

function keyOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? hub : host
}

function helperOf(config: JsonObject, key: string): string | undefined {
  const helper = objectOf(config['credHelpers'])[key] ?? config['credsStore']
  // The name becomes part of a program's name: nothing in it may lead elsewhere.
  return typeof helper === 'string' && /^[\w.-]+$/.test(helper) ? helper : undefined
}

/** Speaks to a credential helper: one word as argument, the rest on its standard input. */
async function runHelper(name: string, verb: 'store' | 'erase', { input, env }: { input: string; env: Environment }): Promise<void> {
  const child = spawn(`docker-credential-${name}`, [verb], { stdio: ['pipe', 'ignore', 'ignore'], env })
  // A helper that does not read its input is judged by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`Cannot ${verb} the credential: docker-credential-${name} ended with ${status}`)
}
