import { atWord, failure } from '../text/failure.ts'
import { readFlags } from '../syntax/read-flags.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { RunInstruction } from '../syntax/instruction.ts'
import { checkMount } from '../mount/parse-mount.ts'
import { parseDevice } from '../values/parse-device.ts'
import { didYouMean } from '../text/suggest.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { parseCommand } from './command.ts'

const networks = ['default', 'none', 'host']
const securities = ['sandbox', 'insecure']

/** `RUN [flags] command`. Of the mounts only what holds before expansion is checked. */
export function parseRun(text: InstructionText): RunInstruction {
  const command = parseCommand(text.rest, text.heredocs)
  const flags = readFlags(text, { text: ['network', 'security'], list: ['mount', 'device'] })
  const mounts = flags.list('mount')
  for (const mount of mounts) atWord(text, mount, () => checkMount(mount))
  const network = choose(text, 'network', networks)
  const security = choose(text, 'security', securities)
  return {
    kind: 'RUN',
    ...instructionBase(text),
    command,
    mounts,
    ...(network !== undefined && { network }),
    ...(security !== undefined && { security }),
    devices: flags.list('device').map((device) => atWord(text, device, () => parseDevice(device))),
  }
}

/** Value of a flag with few possible values; an empty one is wrong too. */
function choose(text: InstructionText, name: 'network' | 'security', choices: readonly string[]): string | undefined {
  const start = `--${name}=`
  const word = text.flags.find((flag) => flag.startsWith(start))
  const value = word?.slice(start.length)
  if (value === undefined || choices.includes(value)) return value
  const message =
    name === 'network' ? `invalid network mode ${quoteGo(value)}` : `security ${quoteGo(value)} is not valid`
  throw failure(text, 'FLAG_VALUE_INVALID', {
    message,
    word: value,
    hint: `choose one of ${choices.join(', ')}`,
    ...didYouMean(value, choices),
  })
}
