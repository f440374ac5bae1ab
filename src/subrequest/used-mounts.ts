import type { Range } from '@tsbuild/dockerfile'
import type { LoweredFile } from '../frontend/lower-file.ts'
import type { PlannedStage } from '../frontend/plan/stages.ts'
import type { RunMount, RunOp } from '../graph/op.ts'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'

/** Something that RUN takes from outside, by id. */
export interface UsedMount {
  readonly id: string
  readonly required: boolean
  readonly range: Range
}

/** Secrets, agents and caches of some stages. */
export interface UsedMounts {
  readonly secrets: readonly UsedMount[]
  readonly agents: readonly UsedMount[]
  readonly caches: readonly UsedMount[]
}

/**
 * Mounts of the RUN instructions of `stages`, each id once: at its first place in the first stage.
 */
export function usedMounts({ states }: LoweredFile, stages: readonly PlannedStage[]): UsedMounts {
  const runs = runsByLine(states)
  const found = {
    secret: new Map<string, UsedMount>(),
    ssh: new Map<string, UsedMount>(),
    cache: new Map<string, UsedMount>(),
  }
  for (const { from, instructions } of stages) {
    // ONBUILD triggers of the base stand at FROM.
    for (const { range } of [from, ...instructions]) {
      for (const mount of (runs.get(range.start.line) ?? []).flatMap(({ mounts }) => mounts)) {
        if (mount.type === 'bind' || mount.type === 'tmpfs' || found[mount.type].has(mount.id)) continue
        found[mount.type].set(mount.id, { id: mount.id, required: isRequired(mount), range })
      }
    }
  }
  return { secrets: [...found.secret.values()], agents: [...found.ssh.values()], caches: [...found.cache.values()] }
}

function runsByLine(states: LoweredFile['states']): ReadonlyMap<number, readonly RunOp[]> {
  const runs = new Map<number, Set<RunOp>>()
  const seen = new Set<Vertex>()
  const add = ({ op, range }: Vertex): void => {
    if (op.kind === 'run' && range !== undefined)
      runs.set(range.start.line, (runs.get(range.start.line) ?? new Set()).add(op))
  }
  for (const { rootfs } of states.values()) walk(rootfs, add, seen)
  return new Map([...runs].map(([line, ops]) => [line, [...ops]]))
}

function isRequired(mount: RunMount): boolean {
  return (mount.type === 'secret' || mount.type === 'ssh') && mount.required
}
