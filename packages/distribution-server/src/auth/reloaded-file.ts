import { readFile, stat } from 'node:fs/promises'
import { TsbuildError } from '@tsbuild/errors'

/**
 * Reads a text file now, and again at each call of the result after a change. A file that is being
 * replaced, or that `parse` refuses, leaves the value as it was. Rejects if the first read does.
 */
export async function reloadedFile<T>(path: string, parse: (text: string) => T): Promise<() => Promise<T>> {
  const read = async (known?: Version<T>): Promise<Version<T>> => {
    const { ino, mtimeMs, size } = await stat(path)
    const name = `${ino} ${mtimeMs} ${size}`
    return known?.name === name ? known : { name, value: parse(await readFile(path, 'utf8')) }
  }
  let current = await read()
  return async () => {
    current = await read(current).catch(() => current)
    return current.value
  }
}

interface Version<T> {
  /** Changes with the file. */
  readonly name: string
  readonly value: T
}

/** `OPTION_INVALID` for a file, or a line of it, that cannot be used. Lines count from 1. */
export function unusable(
  path: string,
  reason: string,
  { line, hint }: { readonly line?: number; readonly hint?: string } = {},
): TsbuildError {
  const place = line === undefined ? '' : `, line ${line}`
  return new TsbuildError(
    'OPTION_INVALID',
    `cannot use "${path}"${place}: ${reason}`,
    hint === undefined ? {} : { hint },
  )
}
