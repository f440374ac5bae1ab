import type { Check } from './check.ts'
import { exposedPorts } from './exposed-ports.ts'
import { warning } from './warning.ts'

/** `EXPOSE 127.0.0.1:80:80`, `EXPOSE 8080:80`. */
export const exposeInvalidFormat: Check = {
  rule: 'ExposeInvalidFormat',
  scope: 'stage',
  run: (dockerfile) =>
    exposedPorts(dockerfile)
      .filter(({ spec }) => spec.mapped)
      .map(({ text, instruction }) => {
        const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`
        return warning('ExposeInvalidFormat', detail, instruction.range)
      }),
}
