import { BuildError } from '../../build-error.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { printFailure } from './print-failure.ts'

/** Prints why a call ended. Returns the exit code. */
export async function fail(
  error: unknown,
  { stderr, env, signal }: Pick<Invocation, 'stderr' | 'env' | 'signal'>,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const colors = stderr.isTTY === true && !env['NO_COLOR']
  const { describeFailure } = await import('../../failure.ts')
  const failure = describeFailure(signal.aborted ? new BuildError('ABORTED', 'interrupted') : error)
  const wantsStack = env['TSBUILD_DEBUG'] === '1' && error instanceof Error && error.stack !== undefined
  printFailure(stderr, failure, { json, colors, ...(wantsStack ? { stack: error.stack } : {}) })
  return failure.exitCode
}
