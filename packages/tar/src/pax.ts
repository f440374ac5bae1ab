import { TarError } from './errors.ts'

/**
 * Records of an extended header, in the order they were written; values are raw bytes because
 * extended attributes may be.
 */
export type PaxRecords = ReadonlyMap<string, Uint8Array>

const comma = Buffer.from(',')

/**
 * Reads `LENGTH KEY=VALUE\n` records (POSIX.1-2017, pax § pax Extended Header). A later record
 * replaces an earlier one of the same key.
 */
export function parsePax(data: Uint8Array, offset: number): PaxRecords {
  const records = new Map<string, Uint8Array>()
  const map: Uint8Array[] = []
  let at = 0
  while (at < data.length) {
    const space = data.indexOf(32, at)
    const length = space < 0 || space - at > 10 ? Number.NaN : decimal(data, at, space)
    const end = at + length
    const equals = data.indexOf(61, space + 1)
    if (!(end <= data.length) || equals < 0 || equals >= end || data[end - 1] !== 10) {
      throw new TarError('TAR_INVALID', 'extended header has a record that is not "length key=value"', {
        offset: offset + at,
      })
    }
    const key = Buffer.from(data.subarray(space + 1, equals)).toString()
    const value = data.subarray(equals + 1, end - 1)
    // Format 0.0 of sparse files repeats two keys; 0.1 has the same numbers as one list.
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') map.push(value, comma)
    else records.set(key, value)
    at = end
  }
  if (map.length > 0) records.set('GNU.sparse.map', Buffer.concat(map.slice(0, -1)))
  return records
}

/** Bytes of an extended header, in the order of the map. */
export function encodePax(records: PaxRecords): Buffer {
  const parts: Uint8Array[] = []
  for (const [key, value] of records) {
    const rest = 3 + Buffer.byteLength(key) + value.length
    // The length counts its own digits, which may lengthen it by one.
    const length = rest + String(rest + String(rest).length).length
    parts.push(Buffer.from(`${length} ${key}=`), value, Buffer.of(10))
  }
  return Buffer.concat(parts)
}

/** A record's number: an integer or, for times, a decimal fraction; rounded down. */
export function paxNumber(value: Uint8Array, offset: number): number {
  const text = Buffer.from(value).toString('latin1')
  const number = /^-?\d{1,16}(\.\d*)?$/.test(text) ? Math.floor(Number(text)) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new TarError('TAR_INVALID', `extended header has an invalid number: "${text.slice(0, 40)}"`, { offset })
}

function decimal(data: Uint8Array, from: number, to: number): number {
  let value = from < to ? 0 : Number.NaN
  for (let at = from; at < to; at += 1) {
    const digit = (data[at] ?? 0) - 48
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
  }
  return value > 0 ? value : Number.NaN
}
