import type { SubrequestAnswer } from './subrequest/subrequest-answer.ts'
import { check } from './subrequest/check.ts'
import { outline } from './subrequest/outline.ts'
import { targets } from './subrequest/targets.ts'
import type { BuildOptions } from './options.ts'
import { forCaller } from './session/for-caller.ts'
import { openInputs } from './session/inputs.ts'
import { withSource } from './session/with-source.ts'

const requests = { check, outline, targets } as const

/**
 * Answers a question about a Dockerfile as it would be built with these options; nothing is built.
 */
export async function answerSubrequest(
  request: keyof typeof requests,
  options: BuildOptions,
): Promise<SubrequestAnswer> {
  return forCaller(options, async (settled) => {
    await using inputs = await openInputs(settled)
    const { contexts, resolver, lowerOptions } = inputs
    const source = contexts.dockerfile
    // Awaited here: the inputs are closed when this returns.
    return await withSource(source, () => requests[request]({ source, lowerOptions, resolver }))
  })
}
