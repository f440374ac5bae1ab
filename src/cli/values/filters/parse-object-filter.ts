import type { ObjectFilter } from '../../../store/objects/object-filter.ts'
import { type ObjectType, objectTypes } from '../../../store/objects/stored-object.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { readAge } from './read-age.ts'
import { parseBoolean } from '../parse-boolean.ts'

/** Types of BuildKit's cache, and what they are here. */
const buildKitTypes: Readonly<Record<string, readonly ObjectType[]>> = {
  'exec.cachemount': ['mount'],
  'source.git.checkout': ['source'],
  'source.local': ['context'],
  regular: ['layer', 'unpacked', 'rootfs', 'index', 'record'],
}

const keys = 'until, unused-for, type, id, inuse'

/**
 * Reads `--filter` of `du` and `prune`: `until=24h`, `type=mount`, `id=…`, `inuse=true`; `type!=`
 * excludes. Several values of one key are alternatives. Throws `UsageError`.
 */
export function parseObjectFilter(texts: readonly string[], now: number): ObjectFilter {
  const types: ObjectType[] = []
  const exceptTypes: ObjectType[] = []
  const ids: string[] = []
  let unusedFor: number | undefined
  let inUse: boolean | undefined
  for (const text of texts) {
    const [, key = '', operator, value = ''] = /^([a-z-]+)(!?=)(.*)$/s.exec(text) ?? []
    if (operator === '!=' && key !== 'type') throw invalid(text, 'only type takes !=')
    if (key === 'type') (operator === '!=' ? exceptTypes : types).push(...readTypes(text, value))
    else if (key === 'id') ids.push(value)
    else if (key === 'until' || key === 'unused-for') unusedFor = Math.max(unusedFor ?? 0, readAge(text, value, now))
    else if (key === 'inuse') inUse = parseBoolean('--filter inuse', value)
    else throw invalid(text, `expected KEY=VALUE with one of ${keys}`)
  }
  return {
    ...(types.length > 0 && { types }),
    ...(exceptTypes.length > 0 && { exceptTypes }),
    ...(ids.length > 0 && { ids }),
    ...(unusedFor !== undefined && { unusedFor }),
    ...(inUse !== undefined && { inUse }),
  }
}

function readTypes(text: string, value: string): readonly ObjectType[] {
  const known = objectTypes.find((type) => type === value)
  if (known !== undefined) return [known]
  const types = Object.hasOwn(buildKitTypes, value) ? buildKitTypes[value] : undefined
  if (types === undefined) throw invalid(text, `expected one of ${objectTypes.join(', ')}`)
  return types
}

function invalid(text: string, reason: string): UsageError {
  return new UsageError(`invalid --filter "${text}": ${reason}`)
}
