import type { Range } from '@tsbuild/dockerfile'
import type { HistoryEntry, Platform } from '@tsbuild/oci'
import type { Vertex } from '../../graph/vertex.ts'
import { Chain } from './chain.ts'
import { type DraftConfig, withoutTriggers } from './config.ts'
import { type DeclaredArg, type Environment, parseEnvironment, withVariables } from './environment.ts'
import { emptyEntry, layerEntry } from './history.ts'

/** A stage, some way into its instructions. Lowering an instruction makes the next one. */
export interface StageState {
  readonly rootfs: Vertex
  readonly platform: Platform
  readonly image: DraftConfig
  /** Variables that expansion and RUN see. */
  readonly environment: Environment
  /** In order of declaration, repetitions included. */
  readonly args: Chain<DeclaredArg>
  /** Base first. */
  readonly history: Chain<HistoryEntry>
  readonly baseHistory: number
  /** Steps of this stage so far, as names count them. */
  readonly step: number
  /** The last USER; absent for that of the base. */
  readonly user?: Range
  /** This stage has a CMD of its own, which ENTRYPOINT leaves alone. */
  readonly ownCommand: boolean
  /** This stage, or one of the file that it continues, has a WORKDIR. */
  readonly ownWorkdir: boolean
}

/** Part of a stage that is kept after its last successor. */
export type StageEnd = Pick<StageState, 'rootfs' | 'args'>

/** The first state of a stage. */
export function initialState(
  rootfs: Vertex,
  image: DraftConfig,
  base: { readonly platform: Platform; readonly history: readonly HistoryEntry[]; readonly step: number },
): StageState {
  return {
    rootfs,
    image,
    platform: base.platform,
    environment: parseEnvironment(image.config?.Env ?? []),
    args: Chain.of([]),
    history: Chain.of(base.history),
    baseHistory: base.history.length,
    step: base.step,
    ownCommand: false,
    ownWorkdir: false,
  }
}

/**
 * The first state of a stage that continues another: everything is inherited but its triggers,
 * which run now. The image's variables are declared anew, over ARGs of the same names.
 */
export function continuedState(parent: StageState): StageState {
  const environment = withVariables(parent.environment, parseEnvironment(parent.image.config?.Env ?? []))
  return { ...parent, environment, image: withoutTriggers(parent.image), step: 0, ownCommand: false }
}

/** The state after a step that made a layer. */
export function withLayer(state: StageState, rootfs: Vertex, createdBy: string): StageState {
  return { ...state, rootfs, step: state.step + 1, history: state.history.with(layerEntry(createdBy)) }
}

/** The state after an instruction that only changed the config. */
export function withImage(state: StageState, image: DraftConfig, createdBy: string): StageState {
  return { ...state, image, history: state.history.with(emptyEntry(createdBy)) }
}
