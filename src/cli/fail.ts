import { exitCodes } from './exit.ts'
import { describeFailure, exitCodeOf } from './failure.ts'
import type { Invocation } from './invocation.ts'
import { printFailure, type SourceText } from './print-failure.ts'

/** Prints why a call ended and tells its exit code. `source` is read only when the error points into a Dockerfile. */
export async function fail(
  error: unknown,
  invocation: Pick<Invocation, 'stderr' | 'env' | 'signal'>,
  { json = false, source }: { readonly json?: boolean; readonly source?: () => Promise<SourceText | undefined> } = {},
): Promise<number> {
  const { stderr, env, signal } = invocation
  if (signal.aborted) {
    await printFailure(stderr, { code: 'INTERRUPTED', message: 'interrupted', causes: [] }, { json, colors: false })
    return exitCodes.interrupted
  }
  const failure = describeFailure(error)
  const text = failure.range === undefined ? undefined : await source?.()
  await printFailure(stderr, failure, {
    json,
    colors: stderr.isTTY === true && !env['NO_COLOR'],
    ...(text === undefined ? {} : { source: text }),
    ...(env['TSBUILD_DEBUG'] === '1' && error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
  })
  return exitCodeOf(error)
}
