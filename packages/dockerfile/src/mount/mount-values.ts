import { DockerfileError } from '../text/errors.ts'

const truths = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
])
const suffixes = 'bkmgtp'

/** A boolean in one of Go's spellings. */
export function readBoolean(key: string, value: string): boolean {
  const truth = truths.get(value)
  if (truth !== undefined) return truth
  throw new DockerfileError('MOUNT_INVALID', `invalid value for ${key}: ${value}`, {
    word: value,
    hint: 'write true or false',
  })
}

/** A size in bytes, with a binary suffix such as `64m`, `1.5g` or `2GiB`. */
export function readSize(key: string, value: string): number {
  const parts = /^(\d+(?:\.\d+)?) ?([bkmgtp]?)(?:i?b)?$/i.exec(value)
  if (parts === null) {
    throw new DockerfileError('MOUNT_INVALID', `invalid value for ${key}: ${value}`, {
      word: value,
      hint: 'write it like 64m or 1g',
    })
  }
  const power = Math.max(0, suffixes.indexOf((parts[2] ?? '').toLowerCase() || 'b'))
  return Math.trunc(Number(parts[1]) * 1024 ** power)
}

/** An unsigned 32-bit number, octal for `mode`. */
export function readNumber(key: 'mode' | 'uid' | 'gid', value: string): number {
  const octal = key === 'mode'
  const number = (octal ? /^[0-7]+$/ : /^[0-9]+$/).test(value) ? Number.parseInt(value, octal ? 8 : 10) : Number.NaN
  if (number <= 0xffffffff) return number
  const hint = octal ? 'write it in octal, like 0755' : 'write a number'
  throw new DockerfileError('MOUNT_INVALID', `invalid value ${value} for ${key}`, { word: value, hint })
}
