import type { BuildOptions } from '../options.ts'
import type { BuildFlags } from './build-flags.ts'
import { toBuildOptions } from './build-options.ts'
import { readDockerfileText } from './dockerfile-text.ts'
import { Exit } from './exit.ts'
import { fail } from './fail.ts'
import type { Invocation } from './invocation.ts'

/** Makes the options of a build and acts on them; an error of `action` is printed with the lines of the Dockerfile it points at. */
export async function withBuildOptions(
  call: { readonly flags: BuildFlags; readonly context: string | undefined; readonly json?: boolean },
  invocation: Invocation,
  action: (options: BuildOptions) => Promise<void>,
): Promise<void> {
  const options = await toBuildOptions(call.flags, call.context, invocation)
  try {
    await action(options)
  } catch (error) {
    if (error instanceof Exit) throw error
    throw new Exit(await fail(error, invocation, { json: call.json ?? false, source: () => readDockerfileText(options) }))
  }
}
