import { isSpace, type StoreBounds } from '../../layer/disk/store-bounds.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseSize } from './parse-size.ts'

const keys: Readonly<Record<string, keyof StoreBounds>> = {
  'reserved-space': 'reservedSpace',
  'max-used-space': 'maxUsedSpace',
  'min-free-space': 'minFreeSpace',
}

/**
 * Reads `--gc` and `$TSBUILD_GC`: `true`, `false`, or bounds such as
 * `max-used-space=20g,min-free-space=10%`. Throws `UsageError` that names `what`.
 */
export function parseStoreBounds(what: string, text: string): boolean | StoreBounds {
  if (['true', '1', 'on'].includes(text)) return true
  if (['false', '0', 'off'].includes(text)) return false
  return Object.fromEntries(
    text.split(',').map((field) => {
      const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/.exec(field.trim()) ?? []
      const key = Object.hasOwn(keys, name) ? keys[name] : undefined
      if (key === undefined)
        throw new UsageError(`invalid ${what} "${text}": expected true, false, or bounds`, {
          hint: `bounds are ${Object.keys(keys).join(', ')}, as in max-used-space=20g,min-free-space=10%`,
        })
      return [key, isSpace(value) ? value : parseSize(`${what} ${name}`, value)]
    }),
  )
}
