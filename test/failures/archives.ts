import { randomBytes } from 'node:crypto'

/** Archives of the cases. */
export const archives = {
  plain: tarOf('a'),
  /** Its file is outside of the directory in which it is unpacked. */
  climbing: tarOf('../evil.txt'),
  truncated: truncatedTar(),
}

/** Name of an archive, for `case.json`. */
export type ArchiveName = keyof typeof archives

/** Tar with one file of this name, also of names that no archiver would write. */
function tarOf(name: string, text = 'text\n'): Buffer {
  const header = Buffer.alloc(512)
  const put = (offset: number, value: string): number => header.write(value, offset, 'latin1')
  put(0, name)
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${text.length.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(148, '        ')
  put(156, '0')
  put(257, 'ustar\u000000')
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return Buffer.concat([header, Buffer.from(text.padEnd(512, '\0')), Buffer.alloc(1024)])
}

/** A tar that ends in the middle of a file. */
function truncatedTar(): Buffer {
  return tarOf('data.bin', randomBytes(300).toString('hex').slice(0, 511)).subarray(0, 700)
}
