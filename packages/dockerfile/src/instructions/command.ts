import { heredocWords } from '../heredoc.ts'
import type { Command } from '../instruction.ts'
import { parseJsonArray } from '../parse-json-array.ts'
import type { InstructionText } from '../split-instructions.ts'

/** A JSON array of strings is exec form; anything else, nothing included, is text for the shell. */
export function parseCommand(rest: string, heredocs: InstructionText['heredocs'] = []): Command {
  const args = parseJsonArray(rest)
  if (args !== undefined) return { form: 'exec', args }
  const script = /^\d*<<[^<]*$/.test(rest) && heredocWords(rest).length === 1 ? heredocs[0] : undefined
  return { form: 'shell', text: rest, heredocs, ...(script !== undefined && { script }) }
}
