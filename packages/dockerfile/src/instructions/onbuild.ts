import { splitCommandLine } from '../text/split-command-line.ts'
import { failure } from '../text/failure.ts'
import { refuseFlags } from '../syntax/read-flags.ts'
import type { OnbuildInstruction } from '../syntax/instruction.ts'
import { parseJsonArray } from '../text/parse-json-array.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { atLeastOne, instructionBase } from './base.ts'
import { pairWords } from './pairs.ts'

const jsonForms = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'])

/**
 * `ONBUILD instruction`. The trigger is stored as written, blanks at its end too; of its grammar
 * only lists (JSON or pairs) are looked at now, the rest when a child image runs it.
 */
export function parseOnbuild(text: InstructionText): OnbuildInstruction {
  const trigger = splitCommandLine(text.rest, text.escape)
  const keyword = trigger.keyword.toUpperCase()
  if (jsonForms.has(keyword)) parseJsonArray(trigger.rest)
  if (keyword === 'HEALTHCHECK') parseJsonArray(trigger.rest.replace(/^\S+/, ''))
  if (keyword === 'ENV' || keyword === 'LABEL') pairWords({ ...text, ...trigger })
  atLeastOne(text, text.rest === '' ? [] : [text.rest])
  refuseFlags(text)
  if (keyword === 'ONBUILD') {
    throw failure(text, 'ONBUILD_INVALID', { message: "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed" })
  }
  if (keyword === 'FROM' || keyword === 'MAINTAINER') {
    throw failure(text, 'ONBUILD_INVALID', { message: `${keyword} isn't allowed as an ONBUILD trigger` })
  }
  const written = text.source.slice(text.keyword.length).replace(/^[\t\n\f\r ]+/, '')
  const bodies = text.heredocs.map(({ name, content, raw }) => `\n${raw ?? content}${name}`)
  return { kind: 'ONBUILD', ...instructionBase(text), expression: written + bodies.join('') }
}
