import { createHash } from 'node:crypto'
import type { Digest } from '@tsbuild/oci'

/**
 * Changes whenever the encoding or the meaning of a key does, so that no old record is ever taken
 * for a new one.
 */
const keyVersion = 1

/** Values that keys are made of. The order of arrays counts, that of maps and objects does not. */
export type KeyPart =
  | string
  | number
  | boolean
  | undefined
  | Uint8Array
  | readonly KeyPart[]
  | { readonly [name: string]: KeyPart }

/**
 * Digest of a value under an injective encoding. Every value is written with its type and length,
 * so two different values never have the same encoding. `kind` separates keys of different meaning.
 */
export function keyOf(kind: string, part: KeyPart): Digest {
  const hash = createHash('sha256')
  const write = (tag: string, bytes: Uint8Array | string): void => {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    hash.update(`${tag}${body.length}:`).update(body)
  }
  const visit = (value: KeyPart): void => {
    if (value === undefined) write('u', '')
    else if (typeof value === 'string') write('s', value)
    else if (typeof value === 'number') write('n', String(value))
    else if (typeof value === 'boolean') write('b', String(value))
    else if (value instanceof Uint8Array) write('x', value)
    else if (isList(value)) {
      write('l', String(value.length))
      value.forEach(visit)
    } else {
      const names = Object.keys(value)
        .filter((name) => value[name] !== undefined)
        .sort()
      write('o', String(names.length))
      for (const name of names) {
        write('k', name)
        visit(value[name])
      }
    }
  }
  write('v', String(keyVersion))
  write('t', kind)
  visit(part)
  return `sha256:${hash.digest('hex')}`
}

function isList(value: object): value is readonly KeyPart[] {
  return Array.isArray(value)
}
