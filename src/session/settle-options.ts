import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneChunk } from '@tsbuild/content'
import type { BuildRequest, ContextInput } from '../build-request.ts'
import type { SettledOutput } from '../export/output.ts'
import { readAnnotations } from '../image/annotations.ts'
import type { BuildOptions } from '../options.ts'
import type { BuildContext, CacheVerify, Ulimits } from '../option-values.ts'
import type { ReapiServer } from '../reapi/server-options.ts'
import { settleOutputs } from './outputs.ts'

/** The options of a caller in the form that the parts of a build take, with absolute paths. */
export function settleOptions(given: BuildOptions): Omit<BuildRequest, 'report' | 'signal'> {
  const { addHosts, annotations, cacheVerify, context, contexts = {}, ulimits, ...rest } = given
  const { outputs: _outputs, push: _push, ...options } = rest
  const { env = process.env, cwd = process.cwd(), volumes = [] } = given
  const absolute = (path: string): string => resolve(cwd, path)
  const base = resolve(cwd)
  return {
    ...options,
    ...absolutePaths(given, absolute),
    context: contextInput(context),
    contexts: mapValues(contexts, contextInput),
    env,
    cwd: base,
    outputs: settleOutputs(given).map((output) => withAbsolute(output, absolute)),
    annotations: readAnnotations(annotations),
    ...(cacheVerify && { cacheVerify: settleVerify(cacheVerify, given) }),
    addHosts: hostLines(addHosts),
    ulimits: ulimitTexts(ulimits),
    volumes: volumes.map((volume) => ({ readonly: false, ...volume, source: absolute(volume.source) })),
  }
}

function settleVerify(verify: CacheVerify, { cacheStrict = false }: BuildOptions): Required<CacheVerify> {
  const { percent, seed = randomBytes(4).toString('hex'), strict = cacheStrict } = verify
  return { percent, seed, strict }
}

/** Options with paths that have the same form inside. */
type PathOption =
  | 'cacheFrom'
  | 'cacheKey'
  | 'cacheTo'
  | 'cdiDirectories'
  | 'remote'
  | 'reportFile'
  | 'root'
  | 'secrets'
  | 'ssh'

type Absolute = (path: string) => string

function absolutePaths(
  { root, remote, reportFile, secrets, ssh, cdiDirectories, cacheFrom, cacheTo, cacheKey }: BuildOptions,
  absolute: Absolute,
): Pick<BuildOptions, PathOption> {
  return {
    ...(cacheFrom && {
      cacheFrom: cacheFrom.map((cache) =>
        cache.kind === 'reapi'
          ? withAbsoluteFiles(cache, absolute)
          : 'src' in cache
            ? { ...cache, src: absolute(cache.src) }
            : cache,
      ),
    }),
    ...(cacheTo && {
      cacheTo: cacheTo.map((cache) =>
        cache.kind === 'reapi'
          ? withAbsoluteFiles(cache, absolute)
          : 'dest' in cache
            ? { ...cache, dest: absolute(cache.dest) }
            : cache,
      ),
    }),
    ...(cacheKey && { cacheKey: 'file' in cacheKey ? { file: absolute(cacheKey.file) } : cacheKey }),
    ...(remote && { remote: withAbsoluteFiles(remote, absolute) }),
    ...(reportFile !== undefined && { reportFile: absolute(reportFile) }),
    ...(root !== undefined && { root: absolute(root) }),
    ...(secrets && {
      secrets: mapValues(secrets, (source) => ('file' in source ? { file: absolute(source.file) } : source)),
    }),
    ...(ssh && { ssh: mapValues(ssh, (paths) => paths.map(absolute)) }),
    ...(cdiDirectories && { cdiDirectories: cdiDirectories.map(absolute) }),
  }
}

/** Files with certificates. */
function withAbsoluteFiles<S extends ReapiServer>(server: S, absolute: Absolute): S {
  const { ca, cert, key } = server
  return {
    ...server,
    ...(ca !== undefined && { ca: absolute(ca) }),
    ...(cert !== undefined && { cert: absolute(cert) }),
    ...(key !== undefined && { key: absolute(key) }),
  }
}

function withAbsolute(output: SettledOutput, absolute: Absolute): SettledOutput {
  if (!('dest' in output) || typeof output.dest !== 'string' || output.dest === '-') return output
  return { ...output, dest: absolute(output.dest) }
}

function contextInput(context: BuildContext): ContextInput {
  if (context instanceof URL) return context.protocol === 'file:' ? fileURLToPath(context) : context.href
  return context instanceof Uint8Array ? oneChunk(context) : context
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

/** `host:ip` for each address; `host-gateway` is the loopback address. */
function hostLines(hosts: BuildOptions['addHosts'] = {}): readonly string[] {
  return Object.entries(hosts).flatMap(([host, addresses]) =>
    [addresses].flat().map((address) => `${host}:${address === 'host-gateway' ? '127.0.0.1' : address}`),
  )
}

/** `name=soft[:hard]`. */
function ulimitTexts(ulimits: Ulimits = {}): readonly string[] {
  return Object.entries(ulimits).map(([name, limit]) =>
    typeof limit === 'number' ? `${name}=${limit}` : `${name}=${limit.soft}:${limit.hard}`,
  )
}
