import { BuildError } from '../../build-error.ts'
import { describeFailure } from '../../failure.ts'
import { knownError } from '../../known-error.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { commandHint } from './command-hint.ts'
import { printFailure } from './print-failure.ts'

/** Prints why a call ended. Returns the exit code. */
export async function fail(
  error: unknown,
  { stderr, env, signal }: Pick<Invocation, 'stderr' | 'env' | 'signal'>,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const colors = stderr.isTTY === true && !env['NO_COLOR']
  const known = signal.aborted ? new BuildError('ABORTED', 'interrupted') : knownError(error)
  const failure = describeFailure(known.add({ hint: commandHint(known) }))
  const wantsStack = env['TSBUILD_DEBUG'] === '1' && error instanceof Error && error.stack !== undefined
  printFailure(stderr, failure, { json, colors, ...(wantsStack && { stack: error.stack }) })
  return failure.exitCode
}
