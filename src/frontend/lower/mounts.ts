import { posix } from 'node:path'
import {
  mountOptionIgnored,
  type MountSpec,
  parseMount,
  type Range,
  type RunInstruction,
  withRange,
} from '@tsbuild/dockerfile'
import type { RunMount } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { mountDependency } from '../plan/dependencies.ts'
import { own } from '../plan/global-scope.ts'
import { LowerError } from '../plan/lower-error.ts'
import type { Expander, StepContext } from '../state/step-context.ts'
import type { StageState } from '../state/stage-state.ts'
import { workingDirectory } from '../state/working-directory.ts'

/** Mounts of a RUN, and their trees. */
export interface LoweredMounts {
  /** Parents before what is mounted inside them. */
  readonly mounts: readonly RunMount[]
  /** The flags they come from. */
  readonly written: readonly string[]
  /** Input 1 and following of the RUN. */
  readonly files: readonly Vertex[]
  /** Path of the first requested agent, also when no agent will be available. */
  readonly agent?: string
}

/** Reads the mounts of a RUN: variables, defaults, targets relative to WORKDIR. */
export function lowerMounts(
  state: StageState,
  instruction: RunInstruction,
  { expand, context }: { readonly expand: Expander; readonly context: StepContext },
): LoweredMounts {
  const files: Vertex[] = []
  const specs = instruction.mounts.map((text) =>
    withRange(instruction.range, () => parseMount(text, expand.word), text),
  )

  function addInput(spec: Extract<MountSpec, { readonly type: 'bind' | 'cache' }>): number {
    const { from, target = '', source } = spec
    const origin = from === undefined ? undefined : mountDependency({ from, target }, instruction.range, context).origin
    const vertex = origin ? context.files(origin, [source]) : context.main([source])
    if (!files.includes(vertex)) files.push(vertex)
    return files.indexOf(vertex) + 1
  }
  const absolute = (target: string): string => resolveTarget(target, { state, range: instruction.range })
  const agentsBefore = (index: number): number => specs.slice(0, index).filter(({ type }) => type === 'ssh').length
  function lowerMount({ ignored = [], ...spec }: MountSpec, index: number): RunMount {
    for (const option of ignored) context.warn(mountOptionIgnored(option, instruction.range))
    switch (spec.type) {
      case 'bind':
        return {
          type: spec.type,
          target: absolute(spec.target ?? ''),
          input: addInput(spec),
          source: spec.source,
          readonly: spec.readonly,
        }
      case 'cache': {
        const { target: written = '', from, id, ...rest } = spec
        const input = from === undefined ? undefined : addInput(spec)
        return {
          ...rest,
          target: absolute(written),
          id: cacheId(id ?? cleanPath(written), context),
          ...(input !== undefined && { input }),
        }
      }
      case 'tmpfs':
        return { ...spec, target: absolute(spec.target ?? '') }
      case 'secret': {
        const { target: written, ...rest } = spec
        // A variable alone asks for no file.
        const target = written ?? (spec.env === undefined ? `/run/secrets/${posix.basename(spec.id)}` : undefined)
        return { ...rest, ...(target !== undefined && { target: absolute(target) }) }
      }
      case 'ssh':
        return { ...spec, target: absolute(spec.target ?? `/run/buildkit/ssh_agent.${agentsBefore(index)}`) }
    }
  }

  const lowered = specs.map((spec, index) => ({
    mount: lowerMount(spec, index),
    flag: `--mount=${instruction.mounts[index] ?? ''}`,
  }))
  const agent = lowered.find(({ mount }) => mount.type === 'ssh')?.mount.target
  const sorted = lowered.toSorted((a, b) => depth(a.mount) - depth(b.mount))
  const [mounts, written] = [sorted.map(({ mount }) => mount), sorted.map(({ flag }) => flag)]
  return { mounts, written, files, ...(agent !== undefined && { agent }) }
}

function resolveTarget(
  target: string,
  { state, range }: { readonly state: StageState; readonly range: Range },
): string {
  const path = posix.resolve(workingDirectory(state.image), target)
  if (path !== '/') return path
  throw new LowerError('MOUNT_INVALID', `invalid mount target "${path}"`, {
    range,
    word: target,
    hint: 'name a directory below /',
  })
}

/** Without `..` and a slash at the end, else as written. */
function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '')
}

/**
 * Cache mounts are shared by id over all builds of a store, unless the caller sets projects apart.
 */
function cacheId(id: string, { plan }: StepContext): string {
  const namespace = own(plan.options.args, 'BUILDKIT_CACHE_MOUNT_NS')
  return namespace === undefined || namespace === '' ? id : `${namespace}/${id}`
}

function depth({ target }: RunMount): number {
  return target === undefined ? 0 : target.split('/').length
}
