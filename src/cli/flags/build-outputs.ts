import { resolve } from 'node:path'
import type { BuildFlags } from './build-flags.ts'
import { parseGrants, listTags } from './build-options.ts'
import { checkDelete } from '../values/check-delete.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type OutputRequest, parseOutput } from '../values/specs/parse-output.ts'
import { parseFormat } from '../values/parse-format.ts'
import { UsageError } from '../invocation/usage-error.ts'

type OutputFlags = Pick<
  BuildFlags,
  | 'allow'
  | 'format'
  | 'manifest'
  | 'output'
  | 'push'
  | 'load'
  | 'tag'
  | 'destination'
  | 'noPush'
  | 'tarPath'
  | 'ociLayoutPath'
  | 'iidfile'
>

/** Spellings of standard output. */
const standardOutputs: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])

/**
 * All outputs of a call: `--output`, `--push`, `--load` and kaniko's flags together; empty for the
 * default, the local store. kaniko pushes to its destinations by default.
 */
export function collectOutputs(
  flags: OutputFlags,
  { cwd, stdout }: Pick<Invocation, 'cwd' | 'stdout'>,
): readonly OutputRequest[] {
  const defaults = { tags: listTags(flags), cwd, terminal: stdout.isTTY === true }
  const named = flags.output.map((text) => parseOutput(text, defaults))
  const peers: readonly OutputRequest[] = [
    ...(flags.tarPath === undefined
      ? []
      : [{ kind: 'docker', dest: resolve(cwd, flags.tarPath), tar: true, names: defaults.tags } as const]),
    ...(flags.ociLayoutPath === undefined
      ? []
      : [{ kind: 'oci', dest: resolve(cwd, flags.ociLayoutPath), tar: false, names: defaults.tags } as const]),
  ]
  const push = flags.push === true || (flags.destination.length > 0 && flags.noPush !== true)
  const pushed = push
    ? withPush([...named, ...peers], () => parseOutput('type=registry', defaults))
    : [...named, ...peers]
  const load = flags.load === true && !pushed.some(({ kind }) => kind === 'load')
  const wanted = load ? [...pushed, parseOutput('type=docker', defaults)] : pushed
  const all = inFormat(wanted, flags.format, () => parseOutput('type=image', defaults))
  if (
    all.filter((output) => 'dest' in output && typeof output.dest === 'string' && standardOutputs.has(output.dest))
      .length > 1
  ) {
    throw new UsageError('--output can write one archive to standard output, not several')
  }
  checkDelete(all, cwd, parseGrants(flags))
  if (flags.iidfile !== undefined && all.length > 0 && all.every(({ kind }) => kind === 'local' || kind === 'tar')) {
    throw new UsageError('--iidfile needs an output that is an image')
  }
  return all
}

/** The outputs with the media types of `--format`; that of the local store where there are none. */
function inFormat(
  outputs: readonly OutputRequest[],
  format: string | undefined,
  local: () => OutputRequest,
): readonly OutputRequest[] {
  if (format === undefined || parseFormat(format) === 'oci') return outputs
  return (outputs.length === 0 ? [local()] : outputs).map((output) =>
    output.kind === 'local' || output.kind === 'tar' || output.kind === 'cacheonly'
      ? output
      : { ...output, ociMediaTypes: false },
  )
}

/** Turns the image outputs into pushed ones; adds `registry` when there are none. */
function withPush(outputs: readonly OutputRequest[], registry: () => OutputRequest): readonly OutputRequest[] {
  if (!outputs.some(({ kind }) => kind === 'image')) return [...outputs, registry()]
  return outputs.map((output) => (output.kind === 'image' ? { ...output, push: true } : output))
}
