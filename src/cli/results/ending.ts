import { statSync } from 'node:fs'
import type { BuildResult, BuiltPlatform } from '../../build-result.ts'
import { formatBytes, formatCount, formatDuration } from '../../units.ts'
import { truncateText } from '../render/text-width.ts'
import type { OutputRequest } from '../values/specs/parse-output.ts'
import type { StepTime } from './step-times.ts'

/** A step that took less than this, in milliseconds, does not explain the time of a build. */
const notable = 1000
/** Steps that are named with their time. */
const mostSteps = 3
/** The lines fit into 80 columns. */
const nameWidth = 68

/** A build that succeeded. */
export interface FinishedBuild {
  readonly result: BuildResult
  readonly requests: readonly OutputRequest[]
  /** The slowest first. */
  readonly slowest: readonly StepTime[]
  /** File of the page about the build, as the call names it. */
  readonly report?: string
}

/**
 * The last lines of a build: each output, the image with its digest, size and layers, the steps and
 * the time, the slowest steps, and the next command. Not yet safe to print.
 */
export function describeEnding({ result, requests, slowest, report }: FinishedBuild): readonly string[] {
  return [
    ...result.outputs,
    ...(report === undefined ? [] : [`report in ${report}`]),
    ...describeImage(result),
    ...describeWork(result, slowest),
    ...describeNext(result, requests),
  ]
}

/** Size and layers of an image: `linux/amd64  4.2MB in 5 layers`. */
export function describePlatform({ platform, layers }: BuiltPlatform): string {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0)
  return `${platform}, ${formatBytes(bytes)} in ${formatCount(layers.length, 'layer')}`
}

/** Steps and time: `3 steps run, 7 from the cache`. */
export function describeSteps({ steps: { run, cached } }: BuildResult): string {
  return run === 0 && cached > 0
    ? `${formatCount(cached, 'step')}, all from the cache`
    : `${formatCount(run, 'step')} run, ${cached} from the cache`
}

/** Time of a build, in milliseconds. */
export function totalTime({ timings }: BuildResult): number {
  return timings.solving + timings.exporting
}

function describeImage({ digest, names, platforms }: BuildResult): readonly string[] {
  if (digest === undefined) return []
  return [
    names.length === 0 ? 'image' : names.join(', '),
    `  ${digest}`,
    ...platforms.map((one) => `  ${describePlatform(one)}`),
  ]
}

function describeWork(result: BuildResult, slowest: readonly StepTime[]): readonly string[] {
  const { run, cached } = result.steps
  if (run + cached === 0) return []
  const long = slowest.filter(({ duration }) => duration >= notable).slice(0, mostSteps)
  return [
    `${describeSteps(result)}, ${formatDuration(totalTime(result))}`,
    ...long.map(({ name, duration }) => `  ${formatDuration(duration).padStart(7)}  ${truncateText(name, nameWidth)}`),
  ]
}

function describeNext({ digest, names }: BuildResult, requests: readonly OutputRequest[]): readonly string[] {
  if (digest === undefined) return []
  const [name] = names
  const commands = requests.flatMap((request) => nextCommand(request, name))
  if (commands.length > 0) return [`next: ${commands[0]}`]
  const isOnlyStored = requests.every(({ kind }) => kind === 'image')
  if (!isOnlyStored) return []
  if (name === undefined) return ['next: name the image with -t NAME, or keep it with -o type=oci,dest=image.tar']
  return [`next: tsbuild push ${name}, or tsbuild save -o image.tar ${name}`]
}

/** The command that uses an output; none for files and for the local store. */
function nextCommand(request: OutputRequest, name: string | undefined): readonly string[] {
  switch (request.kind) {
    case 'image':
      return request.push === true && name !== undefined ? [`docker run --rm ${name}`] : []
    case 'load':
      return name === undefined ? [] : [`docker run --rm ${name}`]
    case 'docker':
      return isFile(request.dest) ? [`docker load -i ${request.dest}`] : []
    case 'oci': {
      if (!isFile(request.dest)) return []
      const place = `${request.tar === false ? 'oci' : 'oci-archive'}:${request.dest}`
      return [`tsbuild copy ${place} docker://REGISTRY/NAME`]
    }
    default:
      return []
  }
}

/** True for a path that can be read again and needs no quotes; false for `-`, devices and FIFOs. */
function isFile(dest: unknown): dest is string {
  if (typeof dest !== 'string' || !/^[\w./,+@-]{2,}$/.test(dest)) return false
  const present = statSync(dest, { throwIfNoEntry: false })
  return present === undefined || present.isFile() || present.isDirectory()
}
