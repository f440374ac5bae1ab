import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../../test/support/obstacle.ts'
import type { Builder } from './builder.ts'

/** The bundled command line of this checkout; `npm run build` made it. */
export function openTsbuild(directory: string): Builder {
  const root = join(directory, 'tsbuild')
  const program = [findProgram('node') ?? process.execPath, join(import.meta.dirname, '../../dist/cli.js')]
  const reset = (): Promise<void> => rm(root, { recursive: true, force: true })
  return {
    name: 'tsbuild',
    daemon: false,
    reset,
    command: ({ dockerfile, context, noCache, archive }) => ({
      command: [
        ...program,
        ...['build', '--progress=plain', '-t', 'bench:1', '-f', dockerfile],
        ...(noCache ? ['--no-cache'] : []),
        ...(archive === undefined ? [] : ['-o', `type=oci,dest=${archive}`]),
        context,
      ],
      env: { TSBUILD_ROOT: root },
    }),
    [Symbol.asyncDispose]: reset,
  }
}
