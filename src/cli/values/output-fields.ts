import { didYouMean } from '@tsbuild/dockerfile'
import type { DatedOutputOptions, ImageOutputOptions } from '../../export/output.ts'
import type { AnnotationOption } from '../../image/annotations.ts'
import type { LayerCompression } from '../../layer/estargz-layer.ts'
import { checkNames } from './check-names.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { isAnnotationKey, parseOutputAnnotation } from './parse-annotation.ts'
import { parseBoolean } from './parse-boolean.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** Fields of one `--output` value. Reading a field takes it; untaken fields are an error. */
export class OutputFields {
  /** The value as the user wrote it. */
  readonly source: string
  readonly #fields: Map<string, string | undefined>
  /** Keys that somebody wanted to know, for suggestions. */
  readonly #asked = new Set<string>()

  constructor(source: string, fields: readonly { readonly key: string; readonly value?: string }[]) {
    this.source = source
    this.#fields = new Map(fields.map(({ key, value }) => [key, value]))
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

  /** A key without a value is true. */
  boolean(key: string, absent: boolean): boolean {
    if (!this.has(key)) return absent
    return parseBoolean(`--output ${key}`, this.text(key) || undefined)
  }

  choice<T extends string>(key: string, allowed: readonly T[], absent: T): T {
    const text = this.text(key)
    if (text === undefined) return absent
    const found = allowed.find((word) => word === text)
    if (found !== undefined) return found
    throw notAllowed(`--output ${key}`, text, allowed)
  }

  /**
   * References separated by commas; the field must be quoted for more than one. `*` is the name a
   * frontend gives: Dockerfiles give none.
   */
  names(key: string): readonly string[] | undefined {
    const text = this.text(key)
    if (text === '*') return undefined
    const names = text
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    checkNames(`--output ${key}=`, names ?? [])
    return names
  }

  /** Takes a key of which only one value can be honoured. */
  only(key: string, value: boolean): void {
    if (this.boolean(key, value) !== value) throw new UsageError(`--output ${key} can only be ${value}`)
  }

  imageOptions(): ImageOutputOptions {
    const compression = this.#compression()
    const annotations = this.#annotations()
    const ociMediaTypes = this.boolean('oci-mediatypes', true)
    const version = this.text('compatibility-version') ?? '30'
    if (version !== '30') throw new UsageError(`unsupported compatibility-version ${version} (supported: 30)`)
    return {
      ...(compression === undefined ? {} : { compression }),
      ...(this.boolean('force-compression', false) ? { forceCompression: true } : {}),
      ...(this.boolean('prefer-nondist-layers', false) ? { preferNondistLayers: true } : {}),
      ...(ociMediaTypes ? {} : { ociMediaTypes }),
      ...(this.boolean('attestation-inline', false) ? { attestationInline: true } : {}),
      ...(this.has('oci-artifact') ? { ociArtifact: this.boolean('oci-artifact', true) } : {}),
      ...(this.has('rewrite-timestamp') ? { rewriteTimestamp: this.boolean('rewrite-timestamp', true) } : {}),
      ...this.dates(),
      ...(annotations.length === 0 ? {} : { annotations }),
    }
  }

  /** Seconds; undefined for an empty text. */
  dates(): DatedOutputOptions {
    const text = this.text('source-date-epoch')
    if (text === undefined) return {}
    if (text === '') return { sourceDateEpoch: 'none' }
    if (!/^\d{1,15}$/.test(text))
      throw new UsageError(`invalid --output source-date-epoch "${text}": expected seconds since 1970`)
    return { sourceDateEpoch: Number(text) }
  }

  /** Throws when a field is left. */
  refuseRest(type: string): void {
    const [key] = this.#fields.keys()
    if (key === undefined) return
    throw new UsageError(
      `unknown key "${key}" in --output "${this.source}": type=${type} has no such key`,
      didYouMean(key, this.#asked),
    )
  }

  #compression(): LayerCompression | undefined {
    const given = this.has('compression')
    const type = this.choice('compression', ['gzip', 'estargz', 'zstd', 'uncompressed'], 'gzip')
    const level = this.text('compression-level')
    if (type === 'uncompressed') return { type: 'none' }
    if (level === undefined) return given ? { type } : undefined
    const most = type === 'zstd' ? 22 : 9
    if (!/^\d{1,2}$/.test(level) || Number(level) > most) {
      throw new UsageError(`invalid --output compression-level "${level}": expected 0 to ${most}`)
    }
    return { type, level: Number(level) }
  }

  #annotations(): readonly AnnotationOption[] {
    const keys = [...this.#fields.keys()].filter(isAnnotationKey)
    return keys.map((key) => parseOutputAnnotation(key, this.text(key) ?? ''))
  }
}
