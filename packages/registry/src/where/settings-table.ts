import { createReadStream } from 'node:fs'
import { readAll } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'

/** Largest file with settings, in bytes. */
const maxSize = 1024 * 1024

/** A table of a settings file. Values are checked as they are read; errors name file and key. */
export class SettingsTable {
  readonly place: string
  readonly #values: ReadonlyMap<string, unknown>

  /** `place` is the file, with the path of the table: `hosts.toml: host."https://m.example"`. */
  constructor(values: object, place: string) {
    this.#values = new Map(Object.entries(values))
    this.place = place
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  text(key: string): string | undefined {
    const value = this.#values.get(key)
    return value === undefined || typeof value === 'string' ? value : this.fail(key, 'expected a text')
  }

  /** False when it is absent. */
  flag(key: string): boolean {
    const value = this.#values.get(key) ?? false
    return typeof value === 'boolean' ? value : this.fail(key, 'expected true or false')
  }

  /** A list of texts; undefined when it is absent. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#values.get(key)
    return value === undefined || isTexts(value) ? value : this.fail(key, 'expected a list of texts')
  }

  /** One text or a list of them; empty when it is absent. */
  someTexts(key: string): readonly string[] {
    const value = this.#values.get(key)
    return typeof value === 'string' ? [value] : (this.texts(key) ?? [])
  }

  /** The value as the file has it. */
  raw(key: string): unknown {
    return this.#values.get(key)
  }

  /** The tables of `[[key]]`. */
  tables(key: string): readonly SettingsTable[] {
    const value: unknown = this.#values.get(key) ?? []
    if (!Array.isArray(value)) return this.fail(key, `expected tables: [[${key}]]`)
    return value.map((one: unknown, index) => {
      const place = `${this.place}: ${key}[${index}]`
      return isTable(one) ? new SettingsTable(one, place) : this.fail(key, `expected tables: [[${key}]]`)
    })
  }

  /** The tables of `[key.NAME]`, by name in the order of the file. */
  named(key: string): readonly (readonly [name: string, table: SettingsTable])[] {
    const value: unknown = this.#values.get(key) ?? {}
    if (!isTable(value)) return this.fail(key, 'expected a table')
    return Object.entries(value).map(([name, one]) => {
      const place = `${this.place}: ${key}."${name}"`
      return [name, isTable(one) ? new SettingsTable(one, place) : this.fail(`${key}."${name}"`, 'expected a table')]
    })
  }

  fail(key: string, reason: string, cause?: unknown): never {
    throw unusable(key === '' ? this.place : `${this.place}: ${key}`, reason, cause)
  }
}

/** Error for settings that cannot be used. */
export function unusable(place: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_CONFIG_INVALID', `cannot use the settings of registries in ${place}: ${reason}`, {
    cause,
    hint: 'correct the file; docs/registries.md lists its keys',
  })
}

/**
 * Text of a file with settings; undefined when it does not exist or belongs to others. Rejects with
 * `REGISTRY_CONFIG_INVALID` when it is too large or cannot be read.
 */
export async function readSettings(file: string): Promise<string | undefined> {
  try {
    return Buffer.from(await readAll(createReadStream(file), maxSize)).toString('utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    throw unusable(file, error instanceof Error ? error.message : String(error), error)
  }
}

/** Reads a TOML file; undefined when it does not exist. Rejects with `REGISTRY_CONFIG_INVALID`. */
export async function readToml(file: string): Promise<SettingsTable | undefined> {
  const text = await readSettings(file)
  if (text === undefined) return undefined
  const { parse } = await import('smol-toml')
  try {
    return new SettingsTable(parse(text), file)
  } catch (error) {
    // Behind the first line the message quotes the file, which may have secrets.
    throw unusable(file, describe(error))
  }
}

function describe(error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const { line, column }: { readonly line?: unknown; readonly column?: unknown } = Object(error)
  return typeof line === 'number' ? `line ${line}, column ${String(column)}: ${reason}` : reason
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
