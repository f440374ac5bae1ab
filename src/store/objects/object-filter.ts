import type { ObjectOnDisk, ObjectType } from './stored-object.ts'

/** Choice of objects: those that meet every condition. Default: all. */
export interface ObjectFilter {
  /** Of one of these types. */
  readonly types?: readonly ObjectType[]
  /** Of none of these types. */
  readonly exceptTypes?: readonly ObjectType[]
  /** With one of these ids; the first twelve hex digits of a digest are enough. */
  readonly ids?: readonly string[]
  /** Not used for this many seconds. */
  readonly unusedFor?: number
  /** Used since the oldest running build began, or not. */
  readonly inUse?: boolean
}

/** True if an object meets the filter at `now` (milliseconds since 1970). */
export function matches(object: ObjectOnDisk, filter: ObjectFilter, now: number): boolean {
  const { types, exceptTypes, ids, unusedFor, inUse } = filter
  return (
    (types === undefined || types.includes(object.type)) &&
    exceptTypes?.includes(object.type) !== true &&
    (ids === undefined || ids.some((id) => hasId(object, id))) &&
    (unusedFor === undefined || object.used <= now - unusedFor * 1000) &&
    (inUse === undefined || (object.state === 'in-use') === inUse)
  )
}

function hasId({ id }: ObjectOnDisk, wanted: string): boolean {
  if (id === wanted) return true
  const digits = wanted.replace(/^sha(?:256|512):/, '')
  return /^[0-9a-f]{12,128}$/.test(digits) && id.replace(/^sha(?:256|512):/, '').startsWith(digits)
}
