import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Version of this package, from its package.json in a directory above this file. A program that was
 * bundled with tsbuild inside has another one there, and a CommonJS bundle has no `import.meta`.
 */
export async function packageVersion(): Promise<string> {
  const start: unknown = import.meta.dirname
  for (
    let directory = typeof start === 'string' ? start : '/';
    directory !== dirname(directory);
    directory = dirname(directory)
  ) {
    const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined)
    const { name, version }: { readonly name?: unknown; readonly version?: unknown } = Object(
      text === undefined ? {} : JSON.parse(text),
    )
    if (name === 'tsbuild-oci' && typeof version === 'string') return version
  }
  return 'of unknown version'
}
