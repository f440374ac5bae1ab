import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../../test/support/obstacle.ts'
import { runProgram } from '../../test/support/run-program.ts'
import type { Builder } from './builder.ts'

/**
 * buildah with a storage of its own and chroot isolation, which works wherever root does; undefined
 * when it is not installed.
 */
export function openBuildah(directory: string): Builder | undefined {
  if (findProgram('buildah') === undefined) return undefined
  const root = join(directory, 'buildah')
  const program = ['buildah', '--root', join(root, 'root'), '--runroot', join(root, 'run')]
  const reset = async (): Promise<void> => {
    await runProgram('buildah', [...program.slice(1), 'rmi', '--all', '--force'])
    await runProgram('umount', [join(root, 'root/overlay')])
    await rm(root, { recursive: true, force: true })
  }
  return {
    name: 'buildah',
    daemon: false,
    reset,
    command: ({ dockerfile, context, noCache, archive }) => ({
      command: [
        ...program,
        ...['build', '--layers', '--isolation=chroot', '--tls-verify=false', '-f', dockerfile],
        ...(noCache ? ['--no-cache'] : []),
        ...['-t', archive === undefined ? 'bench:1' : `oci-archive:${archive}:1`],
        context,
      ],
      env: {},
    }),
    [Symbol.asyncDispose]: reset,
  }
}
