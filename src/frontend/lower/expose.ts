import { checkPortCasing, checkPortFormat, type ExposeInstruction, parsePort, withRange } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import { formatGoList } from '../state/go-format.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/**
 * EXPOSE: container ports with their protocol; variables may hold several, and ranges become single
 * ports.
 */
export function lowerExpose(state: StageState, instruction: ExposeInstruction, context: StepContext): StageState {
  const { range } = instruction
  // Undeclared names are not reported here, as in BuildKit.
  const words = instruction.ports.flatMap(createExpander(state, instruction, { ...context, warn: () => {} }).words)
  const ports = words.flatMap((word) => {
    const spec = withRange(range, () => parsePort(word), word)
    for (const warning of [...checkPortCasing(word, spec, range), ...checkPortFormat(word, spec, range)])
      context.warn(warning)
    return spec.ports
  })
  const exposed = Object.fromEntries(ports.map((port) => [port, {}]))
  const image = configure(state.image, { ExposedPorts: { ...state.image.config?.ExposedPorts, ...exposed } })
  return withImage(state, image, `EXPOSE ${formatGoList(ports)}`)
}
