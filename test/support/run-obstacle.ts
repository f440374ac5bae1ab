import type { Obstacle } from './obstacle.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { tsbuild } from './tsbuild.ts'
import { withoutShell, writeBaseImage } from './write-base-image.ts'
import { writeTree } from './write-tree.ts'

/** Exit code of a machine on which no kind of isolation works. */
const cannotIsolate = 3

/**
 * Reason why RUN cannot be tried here: no shell for a base image, or a machine that forbids every
 * isolation. Found by running one step.
 */
export async function withoutRun(): Promise<Obstacle> {
  const obstacle = withoutShell()
  if (obstacle !== undefined) return obstacle
  await using directory = await temporaryDirectory()
  const { path } = directory
  await writeBaseImage(`${path}/base`)
  await writeTree(`${path}/context`, { Dockerfile: 'FROM base\nRUN true\n' })
  const args = [
    'build',
    '--progress=plain',
    '--build-context',
    `base=oci-layout://${path}/base:latest`,
    '-o',
    'type=cacheonly',
    `${path}/context`,
  ]
  const { code, stderr } = await tsbuild(args, { root: `${path}/store` })
  return code === cannotIsolate ? (stderr.trim().split('\n').at(-1) ?? 'no isolation works') : undefined
}
