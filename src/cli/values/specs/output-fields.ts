import type { DatedOutputOptions, ImageOutputOptions } from '../../../export/output.ts'
import type { AnnotationOption } from '../../../image/annotations.ts'
import { checkNames } from '../check-names.ts'
import { isAnnotationKey, parseOutputAnnotation } from '../parse-annotation.ts'
import { SpecFields } from './spec-fields.ts'
import { UsageError } from '../../invocation/usage-error.ts'

/** Fields of one `--output` value. */
export class OutputFields extends SpecFields {
  constructor(source: string, fields: readonly { readonly key: string; readonly value?: string }[]) {
    super('--output', source, fields)
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

  imageOptions(): ImageOutputOptions {
    const compression = this.compression(['gzip', 'estargz', 'zstd', 'uncompressed'])
    const annotations = this.#annotations()
    const ociMediaTypes = this.boolean('oci-mediatypes', true)
    const version = this.text('compatibility-version') ?? '30'
    if (version !== '30') throw new UsageError(`unsupported compatibility-version ${version} (supported: 30)`)
    return {
      ...(compression !== undefined && { compression }),
      ...(this.boolean('force-compression', false) && { forceCompression: true }),
      ...(this.boolean('prefer-nondist-layers', false) && { preferNondistLayers: true }),
      ...(ociMediaTypes ? {} : { ociMediaTypes }),
      ...(this.boolean('attestation-inline', false) && { attestationInline: true }),
      ...(this.has('oci-artifact') && { ociArtifact: this.boolean('oci-artifact', true) }),
      ...(this.has('rewrite-timestamp') && { rewriteTimestamp: this.boolean('rewrite-timestamp', true) }),
      ...this.dates(),
      ...(annotations.length !== 0 && { annotations }),
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

  #annotations(): readonly AnnotationOption[] {
    return this.keys()
      .filter(isAnnotationKey)
      .map((key) => parseOutputAnnotation(key, this.text(key) ?? ''))
  }
}
