import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** A JSON object nobody has looked into yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The configuration file that docker, its credential helpers and we share. */
export function dockerConfigPath(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json')
}

/** What is in it; an absent file is an empty object, an unreadable one throws. */
export async function readDockerConfig(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    return objectOf(JSON.parse(text))
  } catch (error) {
    throw new Error(`Cannot read ${path}`, { cause: error })
  }
}

/** Replaces it at once, readable for its owner only. */
export async function writeDockerConfig(path: string, config: JsonObject): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = `${path}.${process.pid}.tmp`
  await writeFile(unfinished, `${JSON.stringify(config, undefined, '\t')}\n`, { mode: 0o600 })
  await rename(unfinished, path)
}

/** The value if it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
