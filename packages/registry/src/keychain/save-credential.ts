import { randomUUID } from 'node:crypto'
import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeDirectories, withLock } from '@tsbuild/content'
import { eraseWithHelper, storeWithHelper } from './credential-helper.ts'
import {
  readEntries,
  helperFor,
  loginFile,
  normalizeKey,
  readDockerConfig,
  serverAddress,
  type DockerConfig,
  type Environment,
} from './docker-config.ts'
import type { Credential } from './keychain.ts'

export interface SaveOptions {
  readonly env?: Environment
}

/**
 * Keeps a credential where Docker and `dockerKeychain` find it: with the configured helper, else in
 * the credential file, which is replaced atomically, readable by its owner only and otherwise
 * unchanged.
 */
export async function saveCredential(
  registry: string,
  credential: Credential,
  options: SaveOptions = {},
): Promise<void> {
  const env = options.env ?? process.env
  const file = loginFile(env)
  const helper = helperFor(await readDockerConfig(file), registry)
  if (helper !== undefined) return storeWithHelper({ helper, env }, serverAddress(registry), credential)
  await changeFile(file, (config) => {
    const others = readEntries(config, 'auths').filter(([key]) => normalizeKey(key) !== normalizeKey(registry))
    return {
      ...config,
      auths: Object.fromEntries([...others, [serverAddress(registry), encodeCredential(credential)]]),
    }
  })
}

/**
 * Forgets the credential of a registry, in the credential file and in the configured helper; true
 * when the file held one.
 */
export async function eraseCredential(registry: string, options: SaveOptions = {}): Promise<boolean> {
  const env = options.env ?? process.env
  const file = loginFile(env)
  const config = await readDockerConfig(file)
  const helper = helperFor(config, registry)
  if (helper !== undefined) await eraseWithHelper({ helper, input: serverAddress(registry), env })
  const isOther = ([key]: readonly [string, unknown]): boolean => normalizeKey(key) !== normalizeKey(registry)
  if (readEntries(config, 'auths').every(isOther)) return false
  await changeFile(file, (current) => ({
    ...current,
    auths: Object.fromEntries(readEntries(current, 'auths').filter(isOther)),
  }))
  return true
}

function encodeCredential(credential: Credential): Readonly<Record<string, string>> {
  if (credential.kind === 'identity') return { identitytoken: credential.token }
  return { auth: Buffer.from(`${credential.username}:${credential.password}`).toString('base64') }
}

/** Changes the file as a whole; of several processes that do so at once, none loses its change. */
async function changeFile(file: string, change: (config: DockerConfig) => DockerConfig): Promise<void> {
  await makeDirectories(dirname(file), 0o700)
  // A linked file, common with managed home directories, stays linked.
  const target = await realpath(file).catch(() => file)
  await withLock(`${target}.lock`, async () => replaceFile(target, change(await readDockerConfig(target))))
}

async function replaceFile(target: string, config: DockerConfig): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  try {
    await writeFile(temporary, `${JSON.stringify(config, undefined, '\t')}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
