import { asHeredocWord } from '../syntax/heredoc.ts'
import type { Command } from '../syntax/instruction.ts'
import { parseJsonArray } from '../text/parse-json-array.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'

/** A JSON array of strings is exec form; anything else, nothing included, is text for the shell. */
export function parseCommand(rest: string, heredocs: InstructionText['heredocs'] = []): Command {
  const args = parseJsonArray(rest)
  if (args !== undefined) return { form: 'exec', args }
  // Nothing but one heredoc is a script; with more words around it, it is the shell's to read.
  const script = asHeredocWord(rest) && heredocs[0]
  return { form: 'shell', text: rest, heredocs, ...(script !== undefined && { script }) }
}
