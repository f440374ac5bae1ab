import { IsolationError } from '../model/errors.ts'
import type { Call } from '../machine/call.ts'

/** Numbers of resource limits, as on x86-64 and arm64. */
const resources: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  locks: 9,
  sigpending: 10,
  msgqueue: 11,
  nice: 12,
  rtprio: 13,
  rttime: 14,
}

/** A resource limit by its name, `nofile`. */
export interface Ulimit {
  readonly name: string
  readonly resource: number
  readonly soft: bigint
  readonly hard: bigint
}

/** Sets limits given as `name=soft[:hard]`; -1 means unlimited. Throws `BAD_ULIMIT`. */
export function planUlimits(ulimits: readonly string[]): readonly Call[] {
  return ulimits.map((text) => {
    const { resource, soft, hard } = parseUlimit(text)
    const limits = new Uint8Array(BigUint64Array.of(soft, hard).buffer)
    return { name: 'prlimit64', args: [0, resource, limits, 0], purpose: `set ulimit ${text}` }
  })
}

/** Reads `name=soft[:hard]`; -1 is RLIM_INFINITY. Throws `BAD_ULIMIT`. */
export function parseUlimit(text: string): Ulimit {
  const [, name = '', soft = '', hard = soft] = /^([a-z]+)=(-1|\d{1,18})(?::(-1|\d{1,18}))?$/.exec(text) ?? []
  const resource = resources[name]
  if (resource === undefined)
    throw new IsolationError('BAD_ULIMIT', `invalid ulimit "${text}"`, {
      hint: 'write name=soft[:hard], such as nofile=1024:4096',
    })
  return { name, resource, soft: BigInt.asUintN(64, BigInt(soft)), hard: BigInt.asUintN(64, BigInt(hard)) }
}
