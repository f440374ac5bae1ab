import type { Check } from './check.ts'
import { exposedPorts } from './exposed-ports.ts'
import { warning } from './warning.ts'

/** `EXPOSE 80/TCP`. */
export const exposeProtoCasing: Check = {
  rule: 'ExposeProtoCasing',
  scope: 'stage',
  run: (dockerfile) =>
    exposedPorts(dockerfile)
      .filter(({ spec }) => spec.upperCase)
      .map(({ text, instruction }) => {
        const detail = `Defined protocol '${text}' in EXPOSE instruction should be lowercase`
        return warning('ExposeProtoCasing', detail, instruction.range)
      }),
}
