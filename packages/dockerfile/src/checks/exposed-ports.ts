import type { Dockerfile } from '../syntax/dockerfile.ts'
import { DockerfileError } from '../text/errors.ts'
import type { ExposeInstruction } from '../syntax/instruction.ts'
import { type PortSpec, parsePort } from '../values/parse-port.ts'

/** An EXPOSE argument that can be read without variables. */
export interface ExposedPort {
  readonly text: string
  readonly spec: PortSpec
  readonly instruction: ExposeInstruction
}

/**
 * The arguments of all EXPOSE that hold no variables and are valid; the others are lowering's to
 * judge.
 */
export function exposedPorts({ stages }: Dockerfile): readonly ExposedPort[] {
  return stages
    .flatMap((stage) => stage.instructions)
    .flatMap((instruction) =>
      instruction.kind === 'EXPOSE' ? instruction.ports.map((text) => ({ text, instruction })) : [],
    )
    .flatMap(({ text, instruction }) => {
      const spec = readPort(text)
      return spec === undefined ? [] : [{ text, spec, instruction }]
    })
}

function readPort(text: string): PortSpec | undefined {
  try {
    return parsePort(text)
  } catch (error) {
    if (error instanceof DockerfileError) return undefined
    throw error
  }
}
