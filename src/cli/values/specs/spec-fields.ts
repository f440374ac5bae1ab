import { didYouMean } from '@tsbuild/dockerfile'
import type { LayerCompression } from '../../../layer/estargz-layer.ts'
import { notAllowed } from '../../invocation/not-allowed.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseCsv } from './csv.ts'
import { parseBoolean } from '../parse-boolean.ts'

/** Compressions as users spell them. */
type CompressionWord = Exclude<LayerCompression['type'], 'none'> | 'uncompressed'

/**
 * Fields `key=value` of one value of a flag. Reading a field takes it; untaken fields are an error.
 */
export class SpecFields {
  /** Such as `--output`. */
  readonly flag: string
  /** The value as the user wrote it. */
  readonly source: string
  readonly #fields: Map<string, string | undefined>
  /** Keys that somebody wanted to know, for suggestions. */
  readonly #asked = new Set<string>()

  constructor(flag: string, source: string, fields: readonly { readonly key: string; readonly value?: string }[]) {
    this.flag = flag
    this.source = source
    this.#fields = new Map(fields.map(({ key, value }) => [key, value]))
  }

  /** Keys of the fields that are left. */
  keys(): readonly string[] {
    return [...this.#fields.keys()]
  }

  has(key: string): boolean {
    this.#asked.add(key)
    return this.#fields.has(key)
  }

  text(key: string): string | undefined {
    this.#asked.add(key)
    const value = this.#fields.get(key)
    this.#fields.delete(key)
    return value
  }

  /**
   * Values of a list, as in `mounts=npm,go-build`: that of the key, and the fields without a value
   * that follow it. Undefined without the key.
   */
  list(key: string): readonly string[] | undefined {
    const first = this.text(key)
    if (first === undefined) return undefined
    const fields = parseCsv(this.source)
    const rest = fields.slice(fields.findIndex((field) => field.toLowerCase().trim().startsWith(`${key}=`)) + 1)
    const end = rest.findIndex((field) => field.includes('='))
    const more = end < 0 ? rest : rest.slice(0, end)
    for (const field of more) this.#fields.delete(field.trim().toLowerCase())
    return [...first.split(','), ...more].map((value) => value.trim()).filter((value) => value !== '')
  }

  /** A key without a value is true. */
  boolean(key: string, absent: boolean): boolean {
    if (!this.has(key)) return absent
    return parseBoolean(`${this.flag} ${key}`, this.text(key) || undefined)
  }

  choice<T extends string>(key: string, allowed: readonly T[], absent: T): T {
    const text = this.text(key)
    if (text === undefined) return absent
    const found = allowed.find((word) => word === text)
    if (found !== undefined) return found
    throw notAllowed(`${this.flag} ${key}`, text, allowed)
  }

  /** Takes a key of which only one value can be honoured. */
  only(key: string, value: boolean): void {
    if (this.boolean(key, value) !== value) throw new UsageError(`${this.flag} ${key} can only be ${value}`)
  }

  /** The fields `compression` and `compression-level`; undefined without either. */
  compression(types: readonly CompressionWord[]): LayerCompression | undefined {
    const given = this.has('compression')
    const type = this.choice('compression', types, 'gzip')
    const level = this.text('compression-level')
    if (type === 'uncompressed') return { type: 'none' }
    if (level === undefined) return given ? { type } : undefined
    const most = type === 'zstd' ? 22 : 9
    if (!/^\d{1,2}$/.test(level) || Number(level) > most) {
      throw new UsageError(`invalid ${this.flag} compression-level "${level}": expected 0 to ${most}`)
    }
    return { type, level: Number(level) }
  }

  /** Throws when a field is left. */
  refuseRest(type: string): void {
    const [field] = this.#fields
    if (field === undefined) return
    const [key, value] = field
    const isPartOfValue = value === undefined && /[^\w-]/.test(key)
    throw new UsageError(
      `unknown key "${key}" in ${this.flag} "${this.source}": type=${type} has no such key`,
      isPartOfValue
        ? { hint: `quote a field that contains a comma, such as '"dest=a,b.tar"'` }
        : didYouMean(key, this.#asked),
    )
  }
}
