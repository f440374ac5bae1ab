import type { Misbehaviour, RequestClass } from './fault-proxy.ts'
import { randomNumbers } from './random-numbers.ts'

/** Ways an image moves. The proxy is at the end that the name of a copy says, or at both. */
export const movements = ['push', 'pull', 'copy from', 'copy to', 'copy within'] as const

export type Movement = (typeof movements)[number]

/** A fault that meets some requests of one class. */
export interface Rule {
  readonly name: string
  readonly fault: Misbehaviour
  readonly on: RequestClass
  /** Requests of the class that pass before the first fault. */
  readonly skip: number
  /** Requests that meet the fault; may be infinite. */
  readonly times: number
  /** Faults of this kind that one request must survive. */
  readonly survives: number
  /** Codes of the errors that the fault may end in. */
  readonly codes: readonly string[]
}

/** Everything that a seed decides. */
export interface FaultPlan {
  readonly movement: Movement
  /** The image has a layer that takes more than one request. */
  readonly isLarge: boolean
  readonly rules: readonly Rule[]
  readonly tokenFields: Readonly<Record<string, unknown>>
}

type Random = () => number

interface Kind {
  /** Requests that can meet it. */
  readonly on: readonly RequestClass[]
  readonly survives: number
  readonly codes: readonly string[]
  make(random: Random): Misbehaviour
}

const reads: readonly RequestClass[] = ['GET blob', 'GET manifest']
const questions: readonly RequestClass[] = ['HEAD blob', 'HEAD manifest', 'POST upload', 'GET token']
const uploads: readonly RequestClass[] = ['PUT upload', 'PATCH upload']
const writes: readonly RequestClass[] = [...uploads, 'PUT manifest']
const all: readonly RequestClass[] = [...reads, ...questions, ...writes]

/** `retryAfter` and `date` are headers of the answer. */
function status(code: number, retryAfter?: string, date?: string): Kind['make'] {
  const headers = {
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    ...(date !== undefined && { date }),
  }
  return (random) => ({ kind: 'status', status: code, at: pickBytes(random), headers })
}

const hour = 3_600_000
const wrongContent = ['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'CONTENT_CORRUPT', 'REGISTRY_MANIFEST_INVALID']
const notAManifest = [...wrongContent, 'REGISTRY_PROTOCOL']

const kinds: Readonly<Record<string, Kind>> = {
  'expired token': {
    on: [...reads, 'HEAD blob', 'HEAD manifest', ...writes],
    survives: 1,
    codes: ['REGISTRY_UNAUTHORIZED'],
    make: () => ({ kind: 'expire', at: 0 }),
  },
  '401 in mid-upload': {
    on: uploads,
    survives: 1,
    codes: ['REGISTRY_UNAUTHORIZED'],
    make: (random) => ({ kind: 'expire', at: pickBytes(random) }),
  },
  'refused token': {
    on: [...reads, 'HEAD blob', 'HEAD manifest', ...writes],
    survives: 0,
    codes: ['REGISTRY_UNAUTHORIZED'],
    make: () => ({ kind: 'expire', at: 0 }),
  },
  'too large': { on: writes, survives: 0, codes: ['REGISTRY_TOO_LARGE'], make: status(413) },
  'wait now': { on: all, survives: 3, codes: ['REGISTRY_TOO_MANY_REQUESTS'], make: status(429, '0') },
  'wait for an hour': { on: all, survives: 0, codes: ['REGISTRY_TOO_MANY_REQUESTS'], make: status(429, '3600') },
  'wait for a clock that is ahead': {
    on: all,
    survives: 3,
    codes: ['REGISTRY_TOO_MANY_REQUESTS'],
    make: status(429, new Date(Date.now() + hour).toUTCString(), new Date(Date.now() + hour).toUTCString()),
  },
  'wait until a past hour': {
    on: all,
    survives: 3,
    codes: ['REGISTRY_TOO_MANY_REQUESTS'],
    make: status(429, new Date(Date.now() - hour).toUTCString()),
  },
  500: { on: all, survives: 3, codes: ['REGISTRY_UNAVAILABLE'], make: status(500) },
  502: { on: all, survives: 3, codes: ['REGISTRY_UNAVAILABLE'], make: status(502) },
  503: { on: all, survives: 3, codes: ['REGISTRY_UNAVAILABLE'], make: status(503) },
  'reset of a request': {
    on: writes,
    survives: 3,
    codes: ['REGISTRY_UNREACHABLE'],
    make: (random) => ({ kind: 'reset-request', at: pickBytes(random) }),
  },
  'reset of an answer': {
    on: all,
    survives: 3,
    codes: ['REGISTRY_UNREACHABLE'],
    make: (random) => ({ kind: 'reset-answer', at: pickBytes(random) }),
  },
  silence: { on: all, survives: 1, codes: ['REGISTRY_TIMEOUT'], make: () => ({ kind: 'hang' }) },
  'slow loris': { on: reads, survives: 1, codes: ['REGISTRY_TIMEOUT'], make: () => ({ kind: 'drip' }) },
  'wrong byte': { on: reads, survives: 0, codes: wrongContent, make: () => ({ kind: 'corrupt' }) },
  'half of the content': {
    on: ['GET blob', 'HEAD manifest'],
    survives: 0,
    codes: wrongContent,
    make: () => ({ kind: 'resize', factor: 0.5 }),
  },
  'truncated JSON': {
    on: ['GET manifest', 'GET token'],
    survives: 0,
    codes: notAManifest,
    make: (random) => ({ kind: 'resize', factor: random() }),
  },
  'length of less than is sent': {
    on: ['GET blob', 'GET manifest', 'HEAD manifest'],
    survives: 0,
    codes: [...notAManifest, 'REGISTRY_UNREACHABLE'],
    make: () => ({ kind: 'label', header: 'content-length', value: '100' }),
  },
  'too much content': {
    on: [...reads, 'HEAD manifest'],
    survives: 0,
    codes: wrongContent,
    make: () => ({ kind: 'resize', factor: 1.1 }),
  },
  'redirect loop': {
    on: [...reads, 'HEAD blob', 'HEAD manifest', ...writes],
    survives: 0,
    codes: ['REGISTRY_PROTOCOL'],
    make: () => ({ kind: 'loop' }),
  },
  'endless content': {
    on: [...reads, 'GET token'],
    survives: 0,
    codes: [...wrongContent, 'REGISTRY_TOO_LARGE', 'TOO_LARGE'],
    make: () => ({ kind: 'endless' }),
  },
  'wrong type': {
    on: [...reads, 'HEAD manifest'],
    survives: 0,
    codes: notAManifest,
    make: (random) => ({
      kind: 'label',
      header: 'content-type',
      value: pick(random, ['text/html', 'application/json', 'application/vnd.oci.image.index.v1+json']),
    }),
  },
  'wrong digest': {
    on: ['HEAD manifest', 'GET manifest', 'PUT manifest'],
    survives: 0,
    codes: notAManifest,
    make: () => ({ kind: 'label', header: 'docker-content-digest', value: `sha256:${'0'.repeat(64)}` }),
  },
}

/** Classes of the requests of a movement at the proxy. */
const classes: Readonly<Record<Movement, readonly RequestClass[]>> = {
  push: ['HEAD blob', 'HEAD manifest', 'POST upload', 'PUT upload', 'PATCH upload', 'PUT manifest', 'GET token'],
  pull: [...reads, 'HEAD manifest', 'GET token'],
  'copy from': [...reads, 'HEAD manifest', 'GET token'],
  'copy to': ['HEAD blob', 'HEAD manifest', 'POST upload', 'PUT upload', 'PATCH upload', 'PUT manifest', 'GET token'],
  'copy within': ['GET manifest', 'HEAD blob', 'HEAD manifest', 'POST upload', 'PUT manifest', 'GET token'],
}

/** Names of all kinds of faults. */
export const faultKinds: readonly string[] = Object.keys(kinds)

/** Each kind of fault in each movement that has a request for it: neighbouring seeds take turns. */
export const faultCells: readonly { readonly movement: Movement; readonly name: string }[] = movements.flatMap(
  (movement) =>
    Object.entries(kinds)
      .filter(([, { on }]) => on.some((one) => classes[movement].includes(one)))
      .map(([name]) => ({ movement, name })),
)

/** Plans one run: from one seed always the same. */
export function planFaults(seed: number): FaultPlan {
  const random = randomNumbers(seed)
  // Neighbouring seeds differ little in their first number.
  random()
  const { movement, name: first } = faultCells[seed % faultCells.length] ?? pick(random, faultCells)
  const isLarge = random() < 0.25
  const rules: Rule[] = []
  const wanted = 1 + Math.floor(random() ** 2 * 3)
  while (rules.length < wanted) {
    const name = rules.length === 0 ? first : pick(random, faultKinds)
    const kind = kinds[name]
    const on = kind?.on.filter((one) => classes[movement].includes(one) && (isLarge || one !== 'PATCH upload')) ?? []
    if (kind === undefined || on.length === 0) continue
    rules.push({
      name,
      fault: kind.make(random),
      on: pick(random, on),
      skip: pick(random, [0, 0, 1, 2]),
      times: pick(random, [1, 1, 1, 2, 3, Number.POSITIVE_INFINITY]),
      survives: kind.survives,
      codes: kind.codes,
    })
  }
  const skew = pick(random, [-24 * hour, 0, 24 * hour])
  const tokenFields = { issued_at: new Date(Date.now() + skew).toISOString(), expires_in: pick(random, [1, 60, 300]) }
  return { movement, isLarge, rules, tokenFields }
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

/** From none to 8 MiB, small numbers as often as large ones. */
function pickBytes(random: Random): number {
  return random() < 0.1 ? 0 : Math.floor(2 ** (random() * 23))
}
