import { lowerAdd } from './lower/add.ts'
import { lowerArg } from './lower/arg.ts'
import { lowerCmd, lowerEntrypoint } from './lower/command.ts'
import { lowerCopy } from './lower/copy.ts'
import { lowerEnv, lowerLabel } from './lower/env.ts'
import { lowerExpose } from './lower/expose.ts'
import { lowerHealthcheck } from './lower/healthcheck.ts'
import { lowerMaintainer } from './lower/maintainer.ts'
import { lowerOnbuild } from './lower/onbuild.ts'
import { lowerRun } from './lower/run.ts'
import { lowerShell } from './lower/shell.ts'
import { lowerStopsignal } from './lower/stopsignal.ts'
import { lowerUser } from './lower/user.ts'
import { lowerVolume } from './lower/volume.ts'
import { lowerWorkdir } from './lower/workdir.ts'
import type { StageInstruction } from './stages.ts'
import type { StageState } from './stage-state.ts'
import type { StepContext } from './step-context.ts'

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

/** Lowers one instruction: what the stage is after it. */
export function lowerInstruction(state: StageState, instruction: StageInstruction, context: StepContext): StageState {
  const lower = table[instruction.kind] as Lower<StageInstruction>
  return lower(state, instruction, context)
}

/** Tells whether an instruction counts as a step in names. */
export function isStep({ kind }: StageInstruction): boolean {
  return kind === 'RUN' || kind === 'COPY' || kind === 'ADD' || kind === 'WORKDIR'
}
