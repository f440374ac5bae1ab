import { formatPlatform } from '@tsbuild/oci'
import type { RunMount, RunOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import type { ResolvedImage } from '../plan/base-image.ts'
import { inheritedConfig } from '../state/config.ts'
import { parseEnvironment } from '../state/environment.ts'
import { LowerError } from '../plan/lower-error.ts'
import type { LoweredTarget } from '../state/lowered.ts'

/** Directory in which a generator writes its statements. */
export const generatorOutput = '/run/out'

const source = '/run/src'

export interface GeneratorRequest {
  readonly image: ResolvedImage
  readonly target: Pick<LoweredTarget, 'platform' | 'rootfs' | 'scanTargets'>
  /** Name → value. */
  readonly parameters: Readonly<Record<string, string>>
  /** Seconds; as for other steps. */
  readonly epoch?: number
}

/**
 * The step that runs a generator of bills of materials (BuildKit's scanner protocol): the command
 * of its image, as root so that it can read everything, with the file systems to list below
 * `/run/src` and a place for what it writes. Throws `LowerError` for an image without command.
 */
export function lowerGenerator({ image, target, parameters, epoch }: GeneratorRequest): Vertex {
  const { reference, digest, platform, layout } = image
  const { Env = [], Entrypoint = [], Cmd = [], WorkingDir = '/' } = inheritedConfig(image.config).config ?? {}
  const args = [...Entrypoint, ...Cmd]
  if (args.length === 0) throw new LowerError('COMMAND_EMPTY', `scanner ${reference} does not have cmd`)
  const dated = epoch === undefined ? {} : { epoch }
  const rootfs: Vertex = {
    op: { kind: 'image', reference, digest, platform, ...(layout !== undefined && { layout }) },
    inputs: [],
    name: `[generator] FROM ${reference}@${digest}`,
  }
  const prepared: Vertex = {
    op: { kind: 'mkdir', path: generatorOutput, user: '', ...dated },
    inputs: [rootfs],
    name: `[generator] WORKDIR ${generatorOutput}`,
  }
  const extras = target.scanTargets.map(({ name }, index) => shown(`${source}/extras/sbom-${name}`, index + 2))
  const op: RunOp = {
    kind: 'run',
    args,
    env: [...new Map([...parseEnvironment(Env), ...scanVariables(parameters, extras.length > 0)])],
    cwd: WorkingDir === '' ? '/' : WorkingDir,
    user: '',
    hostname: 'buildkitsandbox',
    network: 'default',
    security: 'sandbox',
    mounts: [{ type: 'tmpfs', target: '/tmp', readonly: false }, shown(`${source}/core/sbom`, 1), ...extras],
    platform,
    extraHosts: [],
    ulimits: [],
    ...dated,
  }
  return {
    op,
    inputs: [prepared, target.rootfs, ...target.scanTargets.map((other) => other.rootfs)],
    name: `[${formatPlatform(target.platform)}] generating sbom using ${reference}`,
  }
}

function shown(target: string, input: number): RunMount {
  return { type: 'bind', target, input, source: '/', readonly: true }
}

function scanVariables(
  parameters: GeneratorRequest['parameters'],
  hasExtras: boolean,
): readonly (readonly [string, string])[] {
  return [
    ['BUILDKIT_SCAN_DESTINATION', `${generatorOutput}/`],
    ['BUILDKIT_SCAN_SOURCE', `${source}/core/sbom`],
    ...(hasExtras ? [['BUILDKIT_SCAN_SOURCE_EXTRAS', `${source}/extras`] as const] : []),
    ...Object.entries(parameters).map(([name, value]) => [`BUILDKIT_SCAN_${name}`, value] as const),
  ]
}
