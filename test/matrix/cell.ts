import { baseNames, imageOf } from './images.ts'
import type { ProgramResult } from '../support/run-program.ts'
import type { Column } from './columns.ts'

/** Outcome of one column in one row. */
export type Outcome =
  | { readonly kind: 'built'; readonly digest: string }
  /** No rung works there. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** The environment does not work on this machine. */
  | { readonly kind: 'not run'; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string; readonly log: string }

/** Addresses of what every build talks to. */
export interface Servers {
  readonly registry: string
  readonly mirror: string
  readonly repository: string
}

/** Arguments of `tsbuild` that build a column and push it as `tag`. */
export function buildArguments(column: Column, tag: string, servers: Servers): readonly string[] {
  const { registry } = servers
  return [
    'build',
    '--progress=json',
    ...['-t', `${registry}/${tag}`, '--push'],
    ...baseNames.flatMap((name) => ['--build-context', `${name}=docker-image://${registry}/${imageOf(name, column)}`]),
    ...assignments(column, servers).flatMap((text) => ['--build-arg', text]),
  ]
}

/** Values of the build arguments of a column, as `NAME=value`. */
export function assignments({ network = [] }: Column, { mirror, repository }: Servers): readonly string[] {
  const values = { npm: [`NPM_CONFIG_REGISTRY=${mirror}/`], git: [`REPOSITORY=${repository}`], apt: [] }
  return network.flatMap((name) => values[name])
}

/** Exit code of a machine on which no kind of isolation works. */
const cannotIsolate = 3

/** Reads the outcome from the events of the build. */
export function outcomeOf({ code, stdout, stderr }: ProgramResult): Outcome {
  const events = `${stdout}\n${stderr}`.split('\n').flatMap(parseEvent)
  const result = events.findLast(({ type }) => type === 'result')
  if (code === 0 && result?.digest !== undefined) return { kind: 'built', digest: result.digest }
  const error = events.findLast(({ type }) => type === 'error')
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? ''
  if (error?.exitCode === cannotIsolate) return { kind: 'refused', code: error.code ?? '', reason }
  const output = events.flatMap(({ type, text }) => (type === 'log' && text !== undefined ? [text] : [])).join('')
  const step = error?.step === undefined ? '' : ` (${error.step})`
  return {
    kind: 'failed',
    code: error?.code ?? `exit ${code}`,
    reason: `${reason}${step}`,
    log: (output || stderr).slice(-3000),
  }
}

interface Event {
  readonly type: string
  readonly digest?: string
  readonly code?: string
  readonly message?: string
  readonly exitCode?: number
  readonly step?: string
  readonly text?: string
}

function parseEvent(line: string): readonly Event[] {
  if (!line.startsWith('{')) return []
  try {
    const event: Event = JSON.parse(line)
    return [event]
  } catch {
    return []
  }
}
