import type { TarEntry } from './entry.ts'
import { TarError } from './errors.ts'
import { blockSize, checksum, paddingSize } from './header.ts'
import { encodeName } from './names.ts'
import { encodePax, type PaxRecords } from './pax.ts'

const nameSize = 100
const prefixSize = 155
const largestId = 0o7777777
const largestNumber = 0o77777777777
const flags = { file: 48, hardlink: 49, symlink: 50, directory: 53, fifo: 54 } as const
const noRecords: PaxRecords = new Map()

/**
 * The header of an entry: one block, preceded by an extended header where the ustar fields do not
 * suffice. Equal entries give equal bytes, the same that Go's archive/tar writes; user and group
 * names stay empty. Throws `TarError` `TAR_INVALID` for what no archive can hold.
 */
export function encodeHeader(entry: TarEntry): Uint8Array {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path
  const target = 'target' in entry ? entry.target : ''
  const split = path.length > nameSize ? splitPath(path) : undefined
  checkEncodable(entry)
  const records = paxRecords(entry, { path, target, isSplit: split !== undefined })
  if (records.size === 0) {
    // Not `alloc`, which gives every block memory of its own.
    const block = Buffer.allocUnsafe(blockSize).fill(0)
    writeBlock(block, entry, { name: split?.name ?? path, prefix: split?.prefix ?? '', target })
    return block
  }
  const extended = extendedHeader(path, records)
  const all = Buffer.alloc(extended.length + blockSize)
  extended.copy(all)
  writeBlock(all.subarray(extended.length), entry, { name: toAscii(path), prefix: '', target: toAscii(target) })
  return all
}

interface Names {
  readonly path: string
  readonly target: string
  readonly isSplit: boolean
}

/**
 * Fields that do not fit into the block. An extended header also carries a path that could have
 * been split.
 */
function paxRecords(entry: TarEntry, names: Names): PaxRecords {
  const found: [string, Uint8Array][] = []
  const isPlainPath = names.path.length <= nameSize && isAscii(names.path)
  if (entry.uid > largestId) found.push(['uid', Buffer.from(String(entry.uid))])
  if (entry.gid > largestId) found.push(['gid', Buffer.from(String(entry.gid))])
  if (entry.mtime > largestNumber) found.push(['mtime', Buffer.from(String(entry.mtime))])
  if (entry.type === 'file' && entry.size > largestNumber) found.push(['size', Buffer.from(String(entry.size))])
  if (names.target.length > nameSize || !isAscii(names.target)) found.push(['linkpath', encodeName(names.target)])
  for (const [name, value] of entry.xattrs ?? []) found.push([`SCHILY.xattr.${name}`, value])
  if (!isPlainPath && (found.length > 0 || !names.isSplit)) found.push(['path', encodeName(names.path)])
  if (found.length === 0) return noRecords
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A block of type `x` with its records, named as Go names it: `DIRECTORY/PaxHeaders.0/NAME`. */
function extendedHeader(path: string, records: PaxRecords): Buffer {
  const data = encodePax(records)
  const whole = Buffer.alloc(blockSize + data.length + paddingSize(data.length))
  const slash = path.lastIndexOf('/')
  const name = `${path.slice(0, slash + 1)}PaxHeaders.0/${path.slice(slash + 1)}`
  writeText(whole, 0, toAscii(name).slice(0, nameSize).replace(/\/+$/, ''))
  for (const [at, width] of [
    [100, 7],
    [108, 7],
    [116, 7],
    [136, 11],
  ] as const)
    writeOctal(whole, { at, width, value: 0 })
  writeOctal(whole, { at: 124, width: 11, value: data.length })
  whole[156] = 120
  finishBlock(whole)
  data.copy(whole, blockSize)
  return whole
}

function writeBlock(
  block: Buffer,
  entry: TarEntry,
  names: { readonly name: string; readonly prefix: string; readonly target: string },
): void {
  writeText(block, 0, cut(names.name))
  writeOctal(block, { at: 100, width: 7, value: entry.mode })
  writeOctal(block, { at: 108, width: 7, value: entry.uid > largestId ? 0 : entry.uid })
  writeOctal(block, { at: 116, width: 7, value: entry.gid > largestId ? 0 : entry.gid })
  writeOctal(block, {
    at: 124,
    width: 11,
    value: entry.type === 'file' && entry.size <= largestNumber ? entry.size : 0,
  })
  writeOctal(block, { at: 136, width: 11, value: entry.mtime > largestNumber ? 0 : entry.mtime })
  block[156] = entry.type === 'device' ? (entry.kind === 'block' ? 52 : 51) : flags[entry.type]
  writeText(block, 157, cut(names.target))
  writeOctal(block, { at: 329, width: 7, value: entry.type === 'device' ? entry.major : 0 })
  writeOctal(block, { at: 337, width: 7, value: entry.type === 'device' ? entry.minor : 0 })
  writeText(block, 345, names.prefix)
  finishBlock(block)
}

function finishBlock(block: Buffer): void {
  // "ustar", NUL, version "00".
  block.write('ustar\u000000', 257, 'latin1')
  // The checksum counts its own field as eight spaces; it is stored as six digits, NUL, space.
  writeOctal(block, { at: 148, width: 6, value: checksum(block) })
  block[155] = 32
}

function writeText(block: Buffer, at: number, text: string): void {
  if (text.length > 0) block.write(text, at, 'latin1')
}

/** Zero-padded digits; the byte behind them stays NUL. */
function writeOctal(
  block: Buffer,
  field: { readonly at: number; readonly width: number; readonly value: number },
): void {
  let rest = field.value
  for (let at = field.at + field.width - 1; at >= field.at; at -= 1) {
    const next = Math.floor(rest / 8)
    block[at] = 48 + rest - next * 8
    rest = next
  }
}

/**
 * A name cut to its field must not end in a slash: old readers would take the file for a directory.
 */
function cut(name: string): string {
  return name.length <= nameSize ? name : name.slice(0, nameSize).replace(/\/+$/, '')
}

/**
 * Halves of a path for the fields `prefix` and `name`, when it can be cut at a slash so that both
 * fit.
 */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (!isAscii(path)) return undefined
  const end = Math.min(path.length - (path.endsWith('/') ? 1 : 0), prefixSize + 1)
  const slash = path.lastIndexOf('/', end - 1)
  if (slash <= 0 || path.length - slash - 1 > nameSize) return undefined
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false
  return true
}

/** Name for readers without pax: its ASCII characters. */
function toAscii(text: string): string {
  return isAscii(text) ? text : text.replace(/[^\u0001-\u007f]/g, '')
}

function checkEncodable(entry: TarEntry): void {
  const numbers = [entry.mode, entry.uid, entry.gid, entry.mtime]
  if (entry.type === 'file') numbers.push(entry.size)
  if (entry.type === 'device') numbers.push(entry.major, entry.minor)
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0) || entry.mode > 0o7777)
    refuse(entry, 'has a number out of range')
  if (entry.type === 'device' && Math.max(entry.major, entry.minor) > largestId)
    refuse(entry, 'has a device number above 2097151')
  if (entry.path.includes('\0') || ('target' in entry && entry.target.includes('\0')))
    refuse(entry, 'has a name with a NUL byte')
  if (entry.path === '') refuse(entry, 'has no name')
  for (const name of entry.xattrs?.keys() ?? [])
    if (name === '' || name.includes('=')) refuse(entry, `has the attribute name "${name}"`)
}

function refuse(entry: TarEntry, why: string): never {
  throw new TarError('TAR_INVALID', `cannot write entry "${entry.path}": it ${why}`)
}
