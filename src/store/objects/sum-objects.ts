import { type ObjectType, objectTypes, type StoredObject } from './stored-object.ts'

/** The objects of one type in a store. */
export interface UsageEntry {
  readonly type: ObjectType
  readonly count: number
  /** Bytes on disk, and how many of them `prune` would free. */
  readonly size: number
  readonly reclaimable: number
  /** RFC 3339: last use of the object that was used last, and of the one that was used first. */
  readonly newest?: string
  readonly oldest?: string
}

/** Sums of objects by type, with a line for every type. */
export function sumByType(objects: readonly StoredObject[]): readonly UsageEntry[] {
  return objectTypes.map((type) => {
    const some = objects.filter((object) => object.type === type)
    const times = some.map(({ lastUsed }) => lastUsed).sort()
    const [oldest, newest] = [times[0], times.at(-1)]
    return {
      type,
      count: some.length,
      size: sum(some),
      reclaimable: sum(some.filter(({ state }) => state === 'unused')),
      ...(newest !== undefined && { newest }),
      ...(oldest !== undefined && { oldest }),
    }
  })
}

function sum(objects: readonly StoredObject[]): number {
  return objects.reduce((total, { size }) => total + size, 0)
}
