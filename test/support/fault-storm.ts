import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyGraph, type ContentSource, MemoryContent, oneChunk } from '@tsbuild/content'
import { codeOf } from '@tsbuild/errors'
import { type Descriptor, digestOf, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { createRegistryClient, type RegistryClient, type Repository } from '@tsbuild/registry'
import { startHttp2Front, startRegistry } from '@tsbuild/registry/testing'
import pLimit from 'p-limit'
import { type FaultPlan, type Movement, planFaults, type Rule } from './fault-plan.ts'
import { type FaultProxy, type SeenRequest, startFaultProxy } from './fault-proxy.ts'

export interface FaultStormOptions {
  /** Registry behind the proxy. Default: Debian's docker-registry. */
  readonly start?: () => Promise<AsyncDisposable & { readonly host: string }>
  readonly firstSeed: number
  readonly seeds: number
  /** Between the client and the proxy. Default: HTTP/1.1. */
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2'
  readonly report?: (line: string) => void
}

export interface FaultStormResult {
  readonly succeeded: number
  readonly failed: number
  /** Faults that requests met. */
  readonly faults: number
  /** Broken transfers that continued behind the bytes that had arrived. */
  readonly resumed: number
  /** Most requests of one run. */
  readonly mostRequests: number
  /**
   * By kind of fault and movement: how often runs that met it ended in `done` or with a code.
   */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<Movement, ReadonlyMap<string, number>>>
  /** Everything that was wrong, with the seed before it. */
  readonly problems: readonly string[]
}

/** Endings of broken streams in HTTP/2, in turns. */
const endings = ['stream', 'goaway', 'connection'] as const
/** Runs at once: most of them wait. */
const concurrency = 40
/** Milliseconds after which a run hangs. */
const longest = 120_000
const retry = { attempts: 5, delay: 5, maxDelay: 20, maxRetryAfter: 2000 }
/** For runs with a fault that only a time limit ends: a busy machine may exceed these, too. */
const shortTimeouts = { connect: 5000, idle: 5000, commit: 5000, pace: { bytes: 6000, milliseconds: 5000 } }

interface SampleImage {
  readonly root: Descriptor
  readonly parts: readonly Descriptor[]
  readonly content: MemoryContent
}

/**
 * Pushes, pulls and copies images through a proxy whose faults follow from seeds. Each run must end
 * in time, with the right image or with an error that one of its faults explains, after a bounded
 * number of requests; faults that clients must survive may not fail it.
 */
export async function faultStorm({
  start = startRegistry,
  firstSeed,
  seeds,
  protocol = 'HTTP/1.1',
  report = () => {},
}: FaultStormOptions): Promise<FaultStormResult> {
  await using registry = await start()
  const images = { small: await makeImage(false), large: await makeImage(true) }
  await using direct = createRegistryClient()
  for (const [name, image] of Object.entries(images)) {
    await upload(image, image.content, direct.repository({ registry: registry.host, repository: name }))
  }
  const problems: string[] = []
  const total = { succeeded: 0, failed: 0, faults: 0, resumed: 0, mostRequests: 0 }
  const outcomes = new Map<string, Map<Movement, Map<string, number>>>()
  const limit = pLimit(concurrency)
  const run = async (seed: number): Promise<void> => {
    const plan = planFaults(seed)
    const outcome = await runPlan(plan, {
      seed,
      protocol,
      host: registry.host,
      direct,
      image: plan.isLarge ? images.large : images.small,
    })
    total[outcome.error === undefined ? 'succeeded' : 'failed']++
    total.faults += outcome.fired.length
    countOutcome(outcomes, plan.movement, outcome)
    total.resumed += outcome.resumed
    total.mostRequests = Math.max(total.mostRequests, outcome.requests)
    for (const problem of outcome.problems) {
      const line = `seed ${seed} (${formatPlan(plan)}): ${problem}`
      problems.push(line)
      report(line)
    }
  }
  await Promise.all(Array.from({ length: seeds }, (_, index) => limit(() => run(firstSeed + index))))
  return { ...total, outcomes, problems }
}

function countOutcome(
  outcomes: Map<string, Map<Movement, Map<string, number>>>,
  movement: Movement,
  { error, fired }: Outcome,
): void {
  const end = error === undefined ? 'done' : codeOf(error, 'INTERNAL')
  for (const name of new Set(fired.map((rule) => rule.name))) {
    const byMovement = getOrAdd(outcomes, name, () => new Map<Movement, Map<string, number>>())
    const ends = getOrAdd(byMovement, movement, () => new Map<string, number>())
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

interface Surroundings {
  readonly seed: number
  readonly protocol: NonNullable<FaultStormOptions['protocol']>
  /** The registry, without the proxy. */
  readonly host: string
  readonly direct: RegistryClient
  readonly image: SampleImage
}

interface Outcome {
  readonly error: unknown
  readonly fired: readonly Rule[]
  readonly resumed: number
  readonly requests: number
  readonly problems: readonly string[]
}

async function runPlan(plan: FaultPlan, { seed, host, direct, image, protocol }: Surroundings): Promise<Outcome> {
  const fired: Rule[] = []
  const isSlow = plan.rules.some(({ codes }) => codes.includes('REGISTRY_TIMEOUT'))
  const met = plan.rules.map(() => 0)
  await using proxy = await startFaultProxy({
    target: host,
    tokenFields: plan.tokenFields,
    choose: (requestClass, isFresh) => {
      for (const [index, rule] of plan.rules.entries()) {
        if (rule.on !== requestClass) continue
        // A token that ends before its first use is a refusal.
        if (rule.name === 'expired token' && isFresh) continue
        const count = (met[index] = (met[index] ?? 0) + 1)
        if (count <= rule.skip || count > rule.skip + rule.times) continue
        fired.push(rule)
        return rule.fault
      }
      return undefined
    },
  })
  await using front =
    protocol === 'HTTP/2'
      ? await startHttp2Front({ target: proxy.host, breaks: endings[seed % endings.length] ?? 'stream' })
      : undefined
  const through = front?.host ?? proxy.host
  await using client = createRegistryClient({
    retry,
    ...(front && { insecureRegistries: [front.host] }),
    ...(isSlow && { timeouts: shortTimeouts }),
  })
  const source = plan.isLarge ? 'large' : 'small'
  const target = `run-${seed}`
  const near = (repository: string): Repository => client.repository({ registry: through, repository })
  const far = (repository: string): Repository => direct.repository({ registry: host, repository })
  const memory = new MemoryContent()
  const moves = {
    push: () => upload(image, image.content, near(target)),
    pull: () => pull(near(source), memory),
    'copy from': () => copy(near(source), far(target)),
    'copy to': () => copy(far(source), near(target)),
    'copy within': () => copy(near(source), near(target)),
  }
  const ended = moves[plan.movement]().then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  )
  const outcome = await Promise.race([ended, sleep(longest, undefined, { ref: false })])
  if (outcome === undefined) return { ...count(proxy), error: 'hang', fired, problems: ['hangs'] }
  const { error } = outcome
  const isRight =
    plan.movement === 'pull' ? await isComplete(memory, image) : await isServed(`http://${host}/v2/${target}`, image)
  return {
    ...count(proxy),
    error,
    fired,
    problems: [...judge({ error, fired, isRight, isSlow, protocol }), ...judgeRequests(proxy, fired)],
  }
}

function judge({
  error,
  fired,
  isRight,
  isSlow,
  protocol,
}: {
  error: unknown
  fired: readonly Rule[]
  isRight: boolean | 'absent'
  isSlow: boolean
  protocol: Surroundings['protocol']
}): string[] {
  const problems: string[] = []
  if (error === undefined && isRight !== true) problems.push('succeeds without the right image')
  if (error !== undefined && isRight === false) problems.push('leaves a wrong image')
  if (error === undefined) return problems
  const code = codeOf(error, 'INTERNAL')
  if (isSlow && code === 'REGISTRY_TIMEOUT') return problems
  // The front resets a connection whose answer came before the end of the request.
  const isCut = protocol === 'HTTP/2' && fired.some(({ name }) => name === '401 in mid-upload')
  if (isCut && code === 'REGISTRY_UNREACHABLE') return problems
  const message = error instanceof Error ? error.message : 'no error'
  if (!fired.some(({ codes }) => codes.includes(code))) problems.push(`fails with ${code}: ${message}`)
  const strain = fired.reduce((sum, { survives }) => sum + 1 / survives, 0)
  if (strain <= 1) problems.push(`does not survive ${fired.map(({ name }) => name).join(', ')}: ${code}: ${message}`)
  return problems
}

/** Requests without faults, twice each for tokens, and for each fault those that follow from it. */
function judgeRequests({ seen }: FaultProxy, fired: readonly Rule[]): string[] {
  const problems: string[] = []
  if (seen.length > 80 + 6 * fired.length) problems.push(`takes ${seen.length} requests for ${fired.length} faults`)
  if (fired.every(({ name }) => name === 'reset of an answer') && seen.some(beginsAnew))
    problems.push('begins a download anew that could continue')
  if (fired.length > 130) problems.push(`meets ${fired.length} faults`)
  return problems
}

/** A second request for a blob of which more than one read had arrived. */
function beginsAnew(
  { class: requestClass, path, start }: SeenRequest,
  index: number,
  seen: readonly SeenRequest[],
): boolean {
  const earlier = seen.slice(0, index).filter((one) => one.class === 'GET blob' && one.path === path)
  const hasArrived = earlier.some(({ fault }) => fault?.kind === 'reset-answer' && fault.at > 65_536)
  return requestClass === 'GET blob' && start === 0 && hasArrived
}

function count({ seen }: FaultProxy): { requests: number; resumed: number } {
  return { requests: seen.length, resumed: seen.filter(({ start }) => start > 0).length }
}

async function upload({ root }: SampleImage, from: ContentSource, to: Repository): Promise<void> {
  await copyGraph(root, { from, to, trustPresent: true })
  await to.tag(root, 'latest')
}

async function pull(from: Repository, to: MemoryContent): Promise<void> {
  const root = await from.resolve('latest')
  await copyGraph(root, { from, to })
  await to.tag(root, 'latest')
}

async function copy(from: Repository, to: Repository): Promise<void> {
  const root = await from.resolve('latest')
  await copyGraph(root, { from, to, trustPresent: true })
  await to.tag(root, 'latest')
}

/** Checks that a pulled image has exactly these parts; `absent` where it has no name. */
async function isComplete(memory: MemoryContent, { root, parts }: SampleImage): Promise<boolean | 'absent'> {
  const named = await memory.resolve('latest').catch(() => undefined)
  if (named === undefined) return 'absent'
  const found = await Promise.all([root, ...parts].map((part) => memory.has(part)))
  return named.digest === root.digest && named.mediaType === root.mediaType && found.every(Boolean)
}

/** Reads an image without the code under test. */
async function isServed(repository: string, { root, parts }: SampleImage): Promise<boolean | 'absent'> {
  const digestAt = async (path: string): Promise<string | undefined> => {
    const response = await fetch(`${repository}/${path}`, { headers: { accept: root.mediaType } })
    const bytes = Buffer.from(await response.arrayBuffer())
    return response.ok ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : undefined
  }
  const tagged = await digestAt('manifests/latest')
  if (tagged === undefined) return 'absent'
  const digests = await Promise.all(parts.map(({ digest }) => digestAt(`blobs/${digest}`)))
  return tagged === root.digest && parts.every(({ digest }, index) => digests[index] === digest)
}

async function makeImage(isLarge: boolean): Promise<SampleImage> {
  const content = new MemoryContent()
  const add = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    await content.put(descriptor, oneChunk(bytes))
    return descriptor
  }
  const sizes = [2000, 300_000, ...(isLarge ? [9 << 20] : [1_500_000])]
  const layers = await Promise.all(sizes.map((size) => add(mediaTypes.ociLayer, randomBytes(size))))
  const config = await add(
    mediaTypes.ociConfig,
    Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'),
  )
  const manifest = encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers })
  const root = await add(mediaTypes.ociManifest, Buffer.from(manifest))
  return { root, parts: [config, ...layers], content }
}

function formatPlan({ movement, rules }: FaultPlan): string {
  return `${movement}: ${rules.map(({ name, on, skip, times }) => `${name} on ${on} ${skip}+${times}`).join(', ')}`
}
