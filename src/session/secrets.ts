import { readFile } from 'node:fs/promises'
import type { SecretSource } from '../option-values.ts'
import { BuildError } from '../build-error.ts'

/** Gives the bytes of secrets by id; each is read once, when a step asks for it. */
export function secretReader(
  secrets: Readonly<Record<string, SecretSource>>,
  env: NodeJS.ProcessEnv,
): (id: string) => Promise<Uint8Array | undefined> {
  const read = new Map<string, Promise<Uint8Array | undefined>>()
  return (id) => {
    const known = read.get(id)
    if (known) return known
    const source = Object.hasOwn(secrets, id) ? secrets[id] : undefined
    const bytes = source === undefined ? Promise.resolve(undefined) : readSecret(id, source, env)
    read.set(id, bytes)
    return bytes
  }
}

async function readSecret(id: string, source: SecretSource, env: NodeJS.ProcessEnv): Promise<Uint8Array | undefined> {
  if ('value' in source) return typeof source.value === 'string' ? Buffer.from(source.value) : source.value
  if ('env' in source) {
    const value = env[source.env]
    return value === undefined ? undefined : Buffer.from(value)
  }
  return readFile(source.file).catch((error: NodeJS.ErrnoException) => {
    throw new BuildError(
      'SECRET_NOT_FOUND',
      `cannot read the file of secret "${id}": ${error.code ?? error.message} ${source.file}`,
      {
        cause: error,
      },
    )
  })
}

/** The bytes of the key of cache records; rejects with `BuildError` for a missing or empty one. */
export async function readCacheKey(source: SecretSource, env: NodeJS.ProcessEnv): Promise<Uint8Array> {
  const bytes = await readSecret('cache-key', source, env)
  if (bytes !== undefined && bytes.length > 0) return bytes
  throw new BuildError('SECRET_NOT_FOUND', 'the cache key is empty or not set', {
    hint: 'without a key, leave --cache-key out',
  })
}
