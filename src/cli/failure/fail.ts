import { BuildError } from '../../build-error.ts'
import { describeFailure } from '../../failure.ts'
import { knownError } from '../../known-error.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { commandHint } from './command-hint.ts'
import { annotateFailure } from './annotate-failure.ts'
import { printFailure } from './print-failure.ts'

/** Prints why a call ended. Returns the exit code. */
export async function fail(
  error: unknown,
  invocation: Pick<Invocation, 'stderr' | 'env' | 'signal' | 'cwd'>,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const { stderr, env, signal } = invocation
  const colors = stderr.isTTY === true && !env['NO_COLOR']
  const known = signal.aborted ? new BuildError('ABORTED', 'interrupted') : knownError(error)
  const failure = describeFailure(known.add({ hint: commandHint(known) }))
  const wantsStack = env['TSBUILD_DEBUG'] === '1' && error instanceof Error && error.stack !== undefined
  printFailure(stderr, failure, { json, colors, ...(wantsStack && { stack: error.stack }) })
  if (!json) annotateFailure(failure, invocation)
  return failure.exitCode
}
