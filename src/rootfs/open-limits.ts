import { basename } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import {
  BuildCgroup,
  neededControllers,
  findCgroup,
  type LimitedTo,
  type LimitObstacle,
  type Limits,
  limitsWithin,
} from '@tsbuild/isolate'
import type { Reporter } from '../progress/event.ts'
import { limitFlags } from './limit-names.ts'
import { explainRefusal } from './select-rung.ts'
import { sweepCgroups } from './sweep-cgroups.ts'

/** Limits of the processes of a build. Disposing kills what they hold. */
export interface OpenLimits extends AsyncDisposable {
  /** Absent if no limit can be set here. */
  readonly limitedTo?: LimitedTo
}

/**
 * Makes the control group that the steps of a build get theirs in. A limit that this machine cannot
 * set is left out with a warning, as docker does.
 */
export async function openLimits(limits: Limits, report: Reporter): Promise<OpenLimits> {
  await sweepCgroups()
  const { place, missing, obstacle } = findCgroup(neededControllers(limits))
  if (obstacle) await warn(limitsWithin(limits, missing), obstacle, report)
  if (place === undefined) return unlimited
  const kept = limitsWithin(limits, place.controllers)
  try {
    const group = BuildCgroup.make(place, { build: newName('tsbuild'), callers: newName('callers') })
    return {
      limitedTo: { cgroup: group.directory, limits: kept },
      [Symbol.asyncDispose]: () => group[Symbol.asyncDispose](),
    }
  } catch (error) {
    await warn(kept, explainRefusal(error), report)
    return unlimited
  }
}

const unlimited: OpenLimits = { [Symbol.asyncDispose]: async () => undefined }

async function warn(limits: Limits, { reason, hint }: LimitObstacle, report: Reporter): Promise<void> {
  const flags = Object.entries(limitFlags).flatMap(([name, flag]) => (name in limits ? [flag] : []))
  const message = `RUN is not limited by ${flags.join(', ')}: ${reason}${hint === undefined ? '' : `; ${hint}`}`
  await report({ type: 'warning', code: 'LimitsNotApplied', message })
}

function newName(kind: string): string {
  return basename(temporaryPath('', kind))
}
