import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Options of one mount call: a page (mount(2)). */
const mostOptions = 4095

/**
 * Calls `mount` with the paths, or with shorter names for them where `mount` says that its options
 * are too long: hundreds of layers do not fit otherwise. The short names are links in a new
 * directory below `scratch`, and good during the call, whose working directory that is.
 */
export function withShortNames<T extends { readonly options: string }>(
  paths: readonly string[],
  { scratch, describe }: { readonly scratch: string; readonly describe: (names: readonly string[]) => T },
  mount: (call: T) => void,
): void {
  const plain = describe(paths)
  if (Buffer.byteLength(plain.options) <= mostOptions) return mount(plain)
  const before = process.cwd()
  const directory = mkdtempSync(join(scratch, 'names-'))
  try {
    const names = paths.map((_, index) => index.toString(36))
    for (const [index, path] of paths.entries()) symlinkSync(resolve(path), join(directory, names[index] ?? ''))
    process.chdir(directory)
    mount(describe(names))
  } finally {
    process.chdir(before)
    rmSync(directory, { recursive: true, force: true })
  }
}
