import type { Warning } from '../syntax/dockerfile.ts'
import type { PortSpec } from '../values/parse-port.ts'
import type { Range } from '@tsbuild/errors'
import type { Check } from './check.ts'
import { exposedPorts } from './exposed-ports.ts'
import { warning } from './warning.ts'

/** `EXPOSE 80/TCP`. */
export const exposeProtoCasing: Check = {
  rule: 'ExposeProtoCasing',
  scope: 'value',
  run: (dockerfile) =>
    exposedPorts(dockerfile).flatMap(({ text, spec, instruction }) => checkPortCasing(text, spec, instruction.range)),
}

/** Warnings about the protocol of one port; `text` is the port as written, variables expanded. */
export function checkPortCasing(text: string, { upperCase }: PortSpec, range: Range): readonly Warning[] {
  const detail = `Defined protocol '${text}' in EXPOSE instruction should be lowercase`
  return upperCase ? [warning('ExposeProtoCasing', detail, range)] : []
}
