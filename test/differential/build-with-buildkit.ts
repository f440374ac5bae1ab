import { join } from 'node:path'
import { runProgram } from '../support/run-program.ts'
import type { Workplace } from './build-with-tsbuild.ts'
import type { Case } from './case.ts'
import { describeImage, readLayout } from './describe-image.ts'
import type { Outcome } from './outcome.ts'

/** How to reach a BuildKit: a buildx and the name of its builder. */
export interface BuildkitPeer {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Builds a case with BuildKit. */
export async function buildWithBuildkit({ flags }: Case, place: Workplace, peer: BuildkitPeer): Promise<Outcome> {
  const layout = join(place.directory, 'buildkit')
  const [program = '', ...args] = peer.command
  const { code, stderr } = await runProgram(
    program,
    [
      ...args,
      'build',
      '--progress=plain',
      '--provenance=false',
      '--build-context',
      `base=oci-layout://${place.base}:latest`,
      '-o',
      `type=oci,tar=false,dest=${layout}`,
      ...flags,
      '.',
    ],
    { cwd: place.context, env: peer.env },
  )
  return code === 0 ? describeImage(await readLayout(layout), place.baseFacts) : { error: lastError(stderr) }
}

/** The sentence BuildKit ends with, without what differs from run to run. */
function lastError(stderr: string): string {
  const sentence =
    stderr
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('ERROR:')) ?? stderr.trim()
  return sentence
    .replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '')
    .replace(/of ref [\w:]+/g, 'of ref …')
    .replace(/\/tmp\/[^\s:"]+/g, '/tmp/…')
}
