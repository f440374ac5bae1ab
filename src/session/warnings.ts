import { didYouMean, type Dockerfile } from '@tsbuild/dockerfile'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import type { BuildRequest } from '../build-request.ts'
import type { BuildWarning } from '../build-result.ts'
import type { Reporter } from '../progress/event.ts'
import { isImageOutput } from './outputs.ts'

/**
 * Warnings about the Dockerfile and the options, before anything runs; each once, for any number of
 * platforms.
 */
export function buildWarnings(
  dockerfile: Dockerfile,
  targets: readonly LoweredTarget[],
  options: BuildRequest,
): readonly BuildWarning[] {
  return [
    ...lintWarnings(targets),
    ...unusedArguments(dockerfile, options),
    ...unknownStages(dockerfile, options),
    ...foreignSyntax(dockerfile),
    ...manyLayers(targets),
    ...leftOut(options),
    ...inlineCacheLeftOut(options),
  ]
}

/** A reporter that also keeps the warnings that go by. */
export function recordWarnings(report: Reporter): {
  readonly report: Reporter
  readonly warnings: readonly BuildWarning[]
} {
  const warnings: BuildWarning[] = []
  const collect: Reporter = (event) => {
    if (event.type === 'warning') {
      const { type: _, ...warning } = event
      warnings.push(warning)
    }
    return report(event)
  }
  return { report: collect, warnings }
}

function lintWarnings(targets: readonly LoweredTarget[]): readonly BuildWarning[] {
  const distinct = new Map<string, BuildWarning>()
  for (const { rule, message, range, url } of targets.flatMap(({ warnings }) => warnings)) {
    const warning = { code: rule, message, line: range.start.line, ...(url !== undefined && { url }) }
    distinct.set(JSON.stringify(warning), warning)
  }
  return [...distinct.values()]
}

/** Names that mean something without being declared. */
const predefined =
  /^((HTTPS?|FTP|NO|ALL)_PROXY|(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE|BUILDKIT_\w+|SOURCE_DATE_EPOCH)$/i

function unusedArguments({ globalArgs, stages }: Dockerfile, { args = {} }: BuildRequest): readonly BuildWarning[] {
  const instructions = [...globalArgs, ...stages.flatMap((stage) => stage.instructions)]
  const declared = new Set(
    instructions.flatMap((instruction) => (instruction.kind === 'ARG' ? instruction.args.map(({ name }) => name) : [])),
  )
  const unused = Object.keys(args).filter((name) => !declared.has(name) && !predefined.test(name))
  if (unused.length === 0) return []
  return [{ code: 'UnusedBuildArg', message: `one or more build args were not consumed: [${unused.join(' ')}]` }]
}

/** `noCache` names stages as the Dockerfile does, or those without a name by number. */
function unknownStages({ stages }: Dockerfile, { noCache = false }: BuildRequest): readonly BuildWarning[] {
  if (typeof noCache === 'boolean') return []
  const ids = stages.map(({ from, index }) => from.alias ?? String(index))
  const names = stages.flatMap(({ from }) => from.alias ?? [])
  const unknown = noCache.filter((name) => !ids.includes(name.toLowerCase()))
  return unknown.map((name) => {
    const { hint } = didYouMean(name.toLowerCase(), names)
    return {
      code: 'UnknownStage',
      message: `no stage "${name}" to build without cache${hint === undefined ? '' : `: ${hint}`}`,
    }
  })
}

/**
 * Layers that Docker's own image store stacks, to leave room for those of a container (moby,
 * layer/layer_store.go).
 */
const dockerLayers = 125

/** Containerd and podman go up to 500. */
function manyLayers(targets: readonly LoweredTarget[]): readonly BuildWarning[] {
  const most = targets.reduce((layers, target) => Math.max(layers, target.layers), 0)
  if (most <= dockerLayers) return []
  const message = `the image has ${most} layers: Docker without containerd's image store can run at most ${dockerLayers} ("max depth exceeded")`
  return [{ code: 'ManyLayers', message }]
}

/** Archives for docker load have no place for attestations. */
function leftOut({ attestations = [], outputs }: BuildRequest): readonly BuildWarning[] {
  if (attestations.length === 0 || !outputs.some(({ kind }) => kind === 'docker')) return []
  return [
    {
      code: 'AttestationsLeftOut',
      message: 'images for docker load have no attestations: use type=oci, or push the image',
    },
  ]
}

/** An inline cache is in the config of an image. */
function inlineCacheLeftOut({ cacheTo = [], outputs }: BuildRequest): readonly BuildWarning[] {
  if (outputs.some(isImageOutput) || !cacheTo.some(({ kind }) => kind === 'inline')) return []
  return [{ code: 'InlineCacheLeftOut', message: 'an inline cache needs an output that is an image' }]
}

/** Another frontend would be another language; this one reads what it can. */
function foreignSyntax({ directives: { syntax } }: Dockerfile): readonly BuildWarning[] {
  if (syntax === undefined || /^(docker\.io\/)?docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax)) return []
  return [
    {
      code: 'ForeignSyntax',
      message: `"# syntax=${syntax}" names another frontend: the file is read as a Dockerfile`,
      line: 1,
    },
  ]
}
