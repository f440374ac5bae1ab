import { OciError, type OciErrorCode } from './errors.ts'
import { limits } from './limits.ts'

/**
 * One value inside a JSON document from outside, with the place it stands at, so that every refusal
 * can name it.
 */
export class JsonNode {
  readonly value: unknown
  /** Such as `layers[3].size`; empty at the top. */
  readonly place: string
  readonly code: OciErrorCode

  constructor(value: unknown, code: OciErrorCode, place = '') {
    this.value = value
    this.code = code
    this.place = place
  }

  /** Refuses the document because of this value. */
  fail(expected: string): never {
    const shown = JSON.stringify(this.value)?.slice(0, 60) ?? 'nothing'
    throw new OciError(
      this.code,
      `invalid ${this.place === '' ? 'document' : `"${this.place}"`}: expected ${expected}, got ${shown}`,
    )
  }

  /**
   * The member `key`, or undefined when it is absent or null: Go, which wrote most of these
   * documents, means the same by both.
   */
  member(key: string): JsonNode | undefined {
    const value = new Map(this.entries()).get(key)
    return value === undefined || value === null
      ? undefined
      : this.#at(value, this.place === '' ? key : `${this.place}.${key}`)
  }

  required(key: string): JsonNode {
    return this.member(key) ?? this.#at(undefined, this.place === '' ? key : `${this.place}.${key}`).fail('a value')
  }

  /**
   * Members whose key is not in `known`: what a newer specification, or another tool, has added.
   */
  unknownMembers(known: ReadonlySet<string>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.entries().filter(([key]) => !known.has(key)))
  }

  entries(): readonly (readonly [string, unknown])[] {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object')
    return Object.entries(value)
  }

  /**
   * Entries of the required list `key`. An explicit null is empty: Go writes it for a list without
   * entries.
   */
  list(key: string, limit: number): readonly JsonNode[] {
    if (new Map(this.entries()).get(key) === null) return []
    return this.required(key).items(limit)
  }

  items(limit: number): readonly JsonNode[] {
    if (!Array.isArray(this.value)) return this.fail('a list')
    if (this.value.length > limit)
      throw new OciError(this.code, `too many entries in "${this.place}": ${this.value.length}, at most ${limit}`)
    return this.value.map((item: unknown, index) => this.#at(item, `${this.place}[${index}]`))
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('a string')
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false')
  }

  integer(): number {
    const { value } = this
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.fail('an integer')
  }

  texts(): readonly string[] {
    return this.items(Number.POSITIVE_INFINITY).map((item) => item.text())
  }

  textMap(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.entries().map(([key, value]) => [key, this.#at(value, `${this.place}["${key.slice(0, 60)}"]`).text()]),
    )
  }

  #at(value: unknown, place: string): JsonNode {
    return new JsonNode(value, this.code, place)
  }
}

/**
 * Reads a whole document: at most 4 MiB of UTF-8, nested at most 64 deep; refusals carry `code`.
 */
export function parseJsonDocument(bytes: Uint8Array, code: OciErrorCode): JsonNode {
  if (bytes.length > limits.document)
    throw new OciError(code, `document too large: ${bytes.length} bytes, at most ${limits.document}`)
  const value = parseJson(bytes, code)
  if (isDeeperThan(value, limits.depth))
    throw new OciError(code, `document nested too deeply: at most ${limits.depth} levels`)
  return new JsonNode(value, code)
}

function parseJson(bytes: Uint8Array, code: OciErrorCode): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OciError(code, `document is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1))
}
