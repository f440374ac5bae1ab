import type { Warning } from '../syntax/dockerfile.ts'
import type { PortSpec } from '../values/parse-port.ts'
import type { Range } from '@tsbuild/errors'
import type { Check } from './check.ts'
import { exposedPorts } from './exposed-ports.ts'
import { warning } from './warning.ts'

/** `EXPOSE 127.0.0.1:80:80`, `EXPOSE 8080:80`. */
export const exposeInvalidFormat: Check = {
  rule: 'ExposeInvalidFormat',
  scope: 'value',
  run: (dockerfile) =>
    exposedPorts(dockerfile).flatMap(({ text, spec, instruction }) => checkPortFormat(text, spec, instruction.range)),
}

/** Warnings about the form of one port; `text` is the port as written, variables expanded. */
export function checkPortFormat(text: string, { mapped }: PortSpec, range: Range): readonly Warning[] {
  const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`
  return mapped ? [warning('ExposeInvalidFormat', detail, range)] : []
}
