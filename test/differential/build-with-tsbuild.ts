import { join } from 'node:path'
import { engine } from '../../src/cli/load-engine.ts'
import { run } from '../../src/cli/run.ts'
import { type Case } from './case.ts'
import { type BaseFacts, describeImage, readLayout } from './describe-image.ts'
import type { Outcome } from './outcome.ts'

/** What builds of both builders need: where things are. */
export interface Workplace {
  /** OCI layout of what `FROM base` means. */
  readonly base: string
  readonly baseFacts: BaseFacts
  /** The case's context. */
  readonly context: string
  /** A directory for the build's results. */
  readonly directory: string
}

/** Builds a case through the command line of this checkout, in this process. `root` is its store. */
export async function buildWithTsbuild(
  { flags }: Case,
  { base, baseFacts, context, directory }: Workplace,
  root: string,
): Promise<Outcome> {
  const layout = join(directory, 'tsbuild')
  let stderr = ''
  const status = await run(
    [
      'build',
      '--progress=plain',
      '--build-context',
      `base=oci-layout://${base}:latest`,
      '-o',
      `type=oci,tar=false,dest=${layout}`,
      ...flags,
      '.',
    ],
    {
      stdin: emptyInput(),
      stdout: { write: () => true },
      stderr: { write: (text) => (stderr += Buffer.from(text).toString('utf8')) },
      env: { PATH: process.env['PATH'], TSBUILD_ROOT: root, NO_COLOR: '1', HOME: '/nonexistent' },
      cwd: context,
      signal: new AbortController().signal,
      engine,
    },
  )
  return status === 0 ? describeImage(await readLayout(layout), baseFacts) : { error: stderr }
}

async function* emptyInput(): AsyncGenerator<Uint8Array> {}
