import type { Call } from '../machine/call.ts'
import { launch, type LaunchContext } from './launch.ts'
import { awaitResult } from './process-result.ts'
import type { ProcessIo, ProcessResult } from '../model/process.ts'
import { StepCgroup } from '../cgroup/step-cgroup.ts'

/**
 * The calls of a process that goes on in a control group, for its directory; in that of the caller
 * without one.
 */
export type LimitedPlan = (cgroup: string | undefined) => readonly Call[]

/**
 * Launches a process, in a control group of its own where the context has limits, and waits for its
 * end.
 */
export async function launchLimited(plan: LimitedPlan, io: ProcessIo, context: LaunchContext): Promise<ProcessResult> {
  if (context.limitedTo === undefined) return awaitResult(launch(plan(undefined), io, context))
  await using group = StepCgroup.make(context.limitedTo)
  return group.resultOf(await awaitResult(launch(plan(group.directory), io, context)))
}
