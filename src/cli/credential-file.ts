import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>
type Json = Readonly<Record<string, unknown>>

/** The key docker files Docker Hub under. */
const hub = 'https://index.docker.io/v1/'

/** Remembers a credential as docker does: in the helper that config.json names, else in the file itself (mode 0600). Tells where. */
export async function storeCredential(
  credential: { readonly registry: string; readonly username: string; readonly password: string },
  env: Environment,
): Promise<string> {
  const { username, password } = credential
  const key = keyOf(credential.registry)
  const path = pathOf(env)
  const config = await readConfig(path)
  const helper = helperOf(config, key)
  if (helper !== undefined) {
    await runHelper(helper, 'store', JSON.stringify({ ServerURL: key, Username: username, Secret: password }))
    return `docker-credential-${helper}`
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await writeConfig(path, { ...config, auths: { ...objectOf(config['auths']), [key]: { auth } } })
  return path
}

/** Forgets it again; false when there was nothing to forget in the file. A helper is asked in any case. */
export async function eraseCredential(registry: string, env: Environment): Promise<boolean> {
  const key = keyOf(registry)
  const path = pathOf(env)
  const config = await readConfig(path)
  const helper = helperOf(config, key)
  if (helper !== undefined) await runHelper(helper, 'erase', key)
  const { [key]: known, ...auths } = objectOf(config['auths'])
  if (known !== undefined) await writeConfig(path, { ...config, auths })
  return known !== undefined || helper !== undefined
}

function keyOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? hub : host
}

function pathOf(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json')
}

function helperOf(config: Json, key: string): string | undefined {
  const helper = objectOf(config['credHelpers'])[key] ?? config['credsStore']
  // The name becomes part of a program's name: nothing in it may lead elsewhere.
  return typeof helper === 'string' && /^[\w.-]+$/.test(helper) ? helper : undefined
}

async function readConfig(path: string): Promise<Json> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    const config: unknown = JSON.parse(text)
    return objectOf(config)
  } catch (error) {
    throw new Error(`Cannot read ${path}`, { cause: error })
  }
}

async function writeConfig(path: string, config: Json): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = `${path}.${process.pid}.tmp`
  await writeFile(unfinished, `${JSON.stringify(config, undefined, '\t')}\n`, { mode: 0o600 })
  await rename(unfinished, path)
}

/** Speaks to a credential helper: one word as argument, the rest on its standard input. */
async function runHelper(name: string, verb: 'store' | 'erase', input: string): Promise<void> {
  const child = spawn(`docker-credential-${name}`, [verb], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`docker-credential-${name} ${verb} ended with ${status}`)
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
