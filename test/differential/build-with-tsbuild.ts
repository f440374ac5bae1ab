import { engine } from '../../src/cli/load-engine.ts'
import { run } from '../../src/cli/run.ts'
import { describeOutput, outputFlags, type Workplace } from './case-output.ts'
import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'

/**
 * Builds a case through the command line of this checkout, in this process. `root` is its store.
 */
export async function buildWithTsbuild(item: Case, place: Workplace, root: string): Promise<Outcome> {
  let stderr = ''
  const status = await run(
    [
      'build',
      '--progress=plain',
      // BuildKit does not look for secrets in images.
      '--allow=secret-in-layer',
      '--root',
      root,
      '--build-context',
      `base=oci-layout://${place.base}:latest`,
      ...outputFlags(item, place, 'tsbuild'),
      ...place.flags,
      '.',
    ],
    {
      stdin: emptyInput(),
      stdout: { write: () => true },
      stderr: { write: (text) => (stderr += Buffer.from(text).toString('utf8')) },
      env: { PATH: process.env['PATH'], NO_COLOR: '1', HOME: '/nonexistent' },
      cwd: place.context,
      signal: new AbortController().signal,
      engine,
    },
  )
  return status === 0 ? describeOutput(item, place, 'tsbuild') : { error: stderr }
}

async function* emptyInput(): AsyncGenerator<Uint8Array> {}
