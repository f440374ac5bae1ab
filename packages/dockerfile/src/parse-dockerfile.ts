import { emptyContinuation } from './checks/no-empty-continuation.ts'
import { parseDirectives } from './syntax/parse-directives.ts'
import type { Dockerfile, Stage, Warning } from './syntax/dockerfile.ts'
import { DockerfileError } from './text/errors.ts'
import type { ArgInstruction, FromInstruction, Instruction } from './syntax/instruction.ts'
import { typeInstruction } from './parse-instruction.ts'
import { decodeText, physicalLines } from './text/physical-lines.ts'
import { splitInstructions } from './syntax/split-instructions.ts'

/** Name of the file in messages. */
export interface ParseOptions {
  readonly name?: string
}

/** Each costs a few kilobytes of memory. */
const mostInstructions = 100_000

interface OpenStage {
  readonly from: FromInstruction
  readonly instructions: Exclude<Instruction, FromInstruction>[]
}

/**
 * A Dockerfile as typed stages, nothing expanded. Throws DockerfileError for the first thing
 * BuildKit would refuse, stages that nothing needs included. Linear in the length of the text.
 */
export function parseDockerfile(input: string | Uint8Array, options: ParseOptions = {}): Dockerfile {
  const text = decodeText(input)
  if (input.length === 0) throw new DockerfileError('EMPTY_DOCKERFILE', 'the Dockerfile cannot be empty')
  const lines = physicalLines(text)
  const { directives, count: skip } = parseDirectives(lines)
  const globalArgs: ArgInstruction[] = []
  const stages: OpenStage[] = []
  const warnings: Warning[] = []
  let instructions = 0
  for (const instructionText of splitInstructions(lines, { skip, escape: directives.escape })) {
    const instruction = typeInstruction(instructionText)
    if (instructionText.emptyContinuation) warnings.push(emptyContinuation(instruction.range))
    if (++instructions > mostInstructions) throw tooMany(instruction)
    const stage = stages.at(-1)
    if (instruction.kind === 'FROM') stages.push({ from: instruction, instructions: [] })
    else if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.kind === 'ARG') globalArgs.push(instruction)
    else {
      const hint = 'only ARG may stand before the first FROM'
      throw new DockerfileError('NO_STAGE', 'no build stage in current context', { range: instruction.range, hint })
    }
  }
  if (stages.length === 0 && globalArgs.length === 0)
    throw new DockerfileError('NO_INSTRUCTIONS', 'file with no instructions')
  if (stages.length === 0) throw new DockerfileError('NO_STAGE', 'dockerfile contains no stages to build')
  return { name: options.name ?? 'Dockerfile', text, directives, globalArgs, stages: stages.map(numbered), warnings }
}

function tooMany({ range }: Instruction): DockerfileError {
  const hint = 'split the file, or do more with each instruction'
  return new DockerfileError('TOO_MANY_INSTRUCTIONS', `the Dockerfile has more than ${mostInstructions} instructions`, {
    range,
    hint,
  })
}

function numbered(stage: OpenStage, index: number): Stage {
  return { index, ...stage }
}
