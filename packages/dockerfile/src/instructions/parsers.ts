import type { Instruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { parseAdd } from './add.ts'
import { parseArg } from './arg.ts'
import { parseCmd } from './cmd.ts'
import { parseCopy } from './copy.ts'
import { parseEntrypoint } from './entrypoint.ts'
import { parseEnv } from './env.ts'
import { parseExpose } from './expose.ts'
import { parseFrom } from './from.ts'
import { parseHealthcheck } from './healthcheck.ts'
import { parseLabel } from './label.ts'
import { parseMaintainer } from './maintainer.ts'
import { parseOnbuild } from './onbuild.ts'
import { parseRun } from './run.ts'
import { parseShell } from './shell.ts'
import { parseStopsignal } from './stopsignal.ts'
import { parseUser } from './user.ts'
import { parseVolume } from './volume.ts'
import { parseWorkdir } from './workdir.ts'

type Parsers = { readonly [K in Instruction['kind']]: (text: InstructionText) => Extract<Instruction, { kind: K }> }

const table: Parsers = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: parseCmd,
  COPY: parseCopy,
  ENTRYPOINT: parseEntrypoint,
  ENV: parseEnv,
  EXPOSE: parseExpose,
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: parseLabel,
  MAINTAINER: parseMaintainer,
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: parseStopsignal,
  USER: parseUser,
  VOLUME: parseVolume,
  WORKDIR: parseWorkdir,
}

/** The parser of each instruction by its keyword in upper case. */
export const parsers: ReadonlyMap<string, (text: InstructionText) => Instruction> = new Map(Object.entries(table))
