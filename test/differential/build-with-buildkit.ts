import { runProgram } from '../support/run-program.ts'
import { describeOutput, outputFlags, type Workplace } from './case-output.ts'
import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'

/** Access to a BuildKit: a buildx and the name of its builder. */
export interface BuildkitPeer {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Further inputs of each build. */
  readonly flags?: readonly string[]
}

/** Builds a case with BuildKit. */
export async function buildWithBuildkit(item: Case, place: Workplace, peer: BuildkitPeer): Promise<Outcome> {
  const [program = '', ...args] = peer.command
  const { code, stderr } = await runProgram(
    program,
    [
      ...args,
      'build',
      '--progress=plain',
      '--provenance=false',
      // What was built for another case may have other times.
      '--no-cache',
      '--build-context',
      `base=oci-layout://${place.base}:latest`,
      ...outputFlags(item, place, 'buildkit'),
      ...(peer.flags ?? []),
      ...place.flags,
      '.',
    ],
    { cwd: place.context, env: { ...peer.env, SOURCE_DATE_EPOCH: undefined } },
  )
  return code === 0 ? describeOutput(item, place, 'buildkit') : { error: failure(stderr) }
}

/**
 * Output of the failed step and the last sentence of BuildKit, without parts that differ from run
 * to run.
 */
function failure(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const sentence = lines.findLast((line) => line.startsWith('ERROR:')) ?? stderr.trim()
  return [...lastWords(lines), sentence]
    .join('\n')
    .replace(/^ERROR: (?:failed to (?:build|solve|run Build function): )*(?:rpc error: code = \w+ desc = )?/m, '')
    .replace(/of ref [\w:]+/g, 'of ref …')
    .replace(/\/tmp\/[^\s:"]+/g, '/tmp/…')
}

/** The output of a failed step, which is repeated between two rulers. */
function lastWords(lines: readonly string[]): readonly string[] {
  const [first, last] = lines.flatMap((line, index) => (line === '------' ? [index] : []))
  if (first === undefined || last === undefined) return []
  return lines.slice(first + 2, last).map((line) => line.replace(/^\d+\.\d+ /, ''))
}
