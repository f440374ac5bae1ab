import { lowerAdd } from './add.ts'
import { lowerArg } from './arg.ts'
import { lowerCmd, lowerEntrypoint } from './command.ts'
import { lowerCopy } from './copy.ts'
import { lowerEnv, lowerLabel } from './env.ts'
import { lowerExpose } from './expose.ts'
import { lowerHealthcheck } from './healthcheck.ts'
import { lowerMaintainer } from './maintainer.ts'
import { lowerOnbuild } from './onbuild.ts'
import { lowerRun } from './run.ts'
import { lowerShell } from './shell.ts'
import { lowerStopsignal } from './stopsignal.ts'
import { lowerUser } from './user.ts'
import { lowerVolume } from './volume.ts'
import { lowerWorkdir } from './workdir.ts'
import type { StageInstruction } from '../plan/stages.ts'
import type { StageState } from '../state/stage-state.ts'
import type { StepContext } from '../state/step-context.ts'

type Lower<I> = (state: StageState, instruction: I, context: StepContext) => StageState

const table: { readonly [K in StageInstruction['kind']]: Lower<Extract<StageInstruction, { readonly kind: K }>> } = {
  ADD: lowerAdd,
  ARG: lowerArg,
  CMD: lowerCmd,
  COPY: lowerCopy,
  ENTRYPOINT: lowerEntrypoint,
  ENV: lowerEnv,
  EXPOSE: lowerExpose,
  HEALTHCHECK: lowerHealthcheck,
  LABEL: lowerLabel,
  MAINTAINER: lowerMaintainer,
  ONBUILD: lowerOnbuild,
  RUN: lowerRun,
  SHELL: lowerShell,
  STOPSIGNAL: lowerStopsignal,
  USER: lowerUser,
  VOLUME: lowerVolume,
  WORKDIR: lowerWorkdir,
}

/** Lowers one instruction. Returns the state of the stage after it. */
export function lowerInstruction(state: StageState, instruction: StageInstruction, context: StepContext): StageState {
  const lower = table[instruction.kind] as Lower<StageInstruction>
  return lower(state, instruction, context)
}

/** Tells whether an instruction counts as a step in names. */
export function isStep({ kind }: StageInstruction): boolean {
  return kind === 'RUN' || kind === 'COPY' || kind === 'ADD' || kind === 'WORKDIR'
}
