import { decodeName, encodeName } from '@tsbuild/tar'
import type { Path } from '../model/entry.ts'

/** A path as `fs` takes it: bytes where it is not text. */
export type HostPath = string | Buffer

/** Path for Node's `fs` of a tree path below a directory. Bytes if the name is not UTF-8. */
export function hostPath(root: string, path: Path): HostPath {
  const whole = path === '' ? root : `${root}/${path}`
  return whole.isWellFormed() ? whole : encodeName(whole)
}

/**
 * Names that Node read as text, put right where text was the wrong idea: `again` reads them as
 * bytes.
 */
export function exactNames(names: readonly string[], again: () => readonly Buffer[]): readonly string[] {
  return names.some((name) => name.includes('\ufffd')) ? again().map((name) => decodeName(name)) : names
}
