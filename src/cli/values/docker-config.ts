import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'

/** JSON object with unchecked members. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Content of docker's config.json besides credentials; an absent or broken file is an empty object.
 * The code that needs credentials reports a broken one; a build without registries does not need
 * it.
 */
export async function readDockerSettings(env: Readonly<Record<string, string | undefined>>): Promise<JsonObject> {
  const directory = env['DOCKER_CONFIG'] || join(homeDirectory(env), '.docker')
  try {
    return readObject(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')))
  } catch {
    return {}
  }
}

/** The value if it is an object, else an empty one. */
export function readObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
