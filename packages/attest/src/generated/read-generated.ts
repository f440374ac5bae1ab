import { TsbuildError } from '@tsbuild/errors'
import { isObject, parseObject } from '../json.ts'
import { spdxPredicate } from '../predicate-types.ts'
import type { Statement } from '../statement.ts'

/** What a generator wrote is not a bill of materials. */
export class MaterialsError extends TsbuildError<'MATERIALS_INVALID'> {
  override readonly name = 'MaterialsError'

  constructor(message: string, options: ErrorOptions = {}) {
    super('MATERIALS_INVALID', message, options)
  }
}

/**
 * Reads a statement as generators of BuildKit's scanner protocol write them: in-toto, about an SPDX
 * document, whatever its subjects are. Throws `MaterialsError` for everything else.
 */
export function readGenerated(bytes: Uint8Array, filename: string): Statement {
  const { _type: type, predicateType, predicate } = parse(bytes, filename)
  if (type !== 'https://in-toto.io/Statement/v1' && type !== 'https://in-toto.io/Statement/v0.1') {
    throw new MaterialsError(`"${filename}" is not an in-toto statement: its _type is ${JSON.stringify(type)}`)
  }
  if (predicateType !== spdxPredicate) {
    throw new MaterialsError(
      `"${filename}" is not about an SPDX document: its predicateType is ${JSON.stringify(predicateType)}`,
    )
  }
  if (!isObject(predicate))
    throw new MaterialsError(`"${filename}" is not about an SPDX document: its predicate is no object`)
  return { predicateType: spdxPredicate, predicate, filename }
}

function parse(bytes: Uint8Array, filename: string): Readonly<Record<string, unknown>> {
  try {
    return parseObject(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MaterialsError(`"${filename}" cannot be read: ${reason}`, { cause })
  }
}
