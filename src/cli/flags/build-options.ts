import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Grant, grantForms, isGrant } from '../../option-words.ts'
import type { BuildOptions } from '../../options.ts'
import type { SecretSource } from '../../option-values.ts'
import type { BuildFlags } from './build-flags.ts'
import { parseCsv } from '../values/specs/csv.ts'
import { deleteGrant } from '../values/check-delete.ts'
import { checkNames, checkPlatforms } from '../values/check-names.ts'
import { readDockerSettings } from '../values/docker-config.ts'
import { chooseRemote } from './remote.ts'
import { chooseIsolation } from './isolation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { parseAttestations } from './parse-attestations.ts'
import { parseAddHosts } from '../values/parse-add-host.ts'
import { parseAdvice } from '../values/parse-advice.ts'
import { parseAnnotation } from '../values/parse-annotation.ts'
import { parseBuildArgs } from '../values/parse-build-arg.ts'
import { parseCacheFrom, parseCacheTo } from '../values/specs/parse-cache.ts'
import { parseCacheVerify } from './parse-cache-verify.ts'
import { parseDevice } from '../values/parse-device.ts'
import { parseFullPairs, parsePairs } from '../values/parse-pairs.ts'
import { parseSecret } from '../values/specs/parse-secret.ts'
import { parseSize } from '../values/parse-size.ts'
import { parseSsh } from '../values/parse-ssh.ts'
import { parseUlimit } from '../values/parse-ulimit.ts'
import { parseVolume } from '../values/parse-volume.ts'
import { gitLabels, gitOptions } from './git-options.ts'
import { parseLimits } from './parse-limits.ts'
import { readArgFiles, readImageOptions } from './image-options.ts'
import { parseStoreBounds } from '../values/parse-store-bounds.ts'
import { metadataProvenance } from './metadata.ts'
import { isRemote, readContext } from './read-context.ts'
import { readRegistryFlags } from './registry-flags.ts'
import { readReportFile } from './report-file.ts'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * The flags of a call as the options of a build, outputs and reporter aside. Reads standard input
 * where `-` asks for it.
 */
export async function toBuildOptions(
  flags: BuildFlags,
  context: string | undefined,
  invocation: Invocation,
): Promise<BuildOptions> {
  const { env, cwd, signal } = invocation
  const source = await readContext(
    {
      context: chooseContext(flags, context),
      ...(flags.file !== undefined && { file: flags.file }),
      ...(flags.dockerfile !== undefined && { peerFile: flags.dockerfile }),
    },
    invocation,
  )
  const secrets = flags.secret.map((text) => resolveSecret(parseSecret(text, env), cwd))
  const ssh = flags.ssh
    .map((text) => parseSsh(text, env))
    .map(([id, paths]) => [id, paths.map((path) => resolveKey(id, path, cwd))] as const)
  const platforms = choosePlatforms(flags, env)
  checkPlatforms('--platform', platforms)
  const args = await readArgs(flags, { env, cwd })
  const isolation = chooseIsolation(flags, env)
  const limits = parseLimits(flags)
  return {
    ...source,
    ...(flags.buildContext.length !== 0 && { contexts: readContexts(flags, cwd) }),
    ...(flags.target !== undefined && { target: flags.target }),
    ...(platforms.length !== 0 && { platforms }),
    args,
    labels: { ...parsePairs('--label', flags.label), ...(await gitLabels(source, env)) },
    annotations: flags.annotation.flatMap(parseAnnotation),
    tags: listTags(flags),
    attestations: parseAttestations(flags, args),
    ...chooseRecord(flags, env),
    git: gitOptions(env),
    ...parseAdvice(flags.advice),
    noCache: flags.noCache ?? flags.noCacheFilter.flatMap(words),
    ...readServers(flags, { env, cwd }),
    ...readImageOptions(flags, { env, cwd }),
    network: flags.network === 'sandbox' ? 'default' : flags.network,
    addHosts: parseAddHosts(flags.addHost),
    ...(flags.shmSize !== undefined && { shmSize: parseSize('--shm-size', flags.shmSize) }),
    ulimits: Object.fromEntries(flags.ulimit.map(parseUlimit)),
    ...(limits && { limits }),
    devices: flags.device.map(parseDevice),
    volumes: flags.volume.map((text) => parseVolume(text, cwd)),
    secrets: Object.fromEntries(secrets),
    ssh: Object.fromEntries(ssh),
    allow: parseGrants(flags).filter((grant) => grant !== deleteGrant),
    ...(flags.cdiConfigDir.length !== 0 && { cdiDirectories: flags.cdiConfigDir.map((path) => resolve(cwd, path)) }),
    ...(isolation !== undefined && { isolation }),
    ...readGc(flags, env),
    ...(flags.root !== undefined && { root: resolve(cwd, flags.root) }),
    ...(flags.report !== undefined && { reportFile: readReportFile(flags.report, cwd) }),
    ...(await readRegistryFlags(flags, invocation)),
    cwd,
    signal,
  }
}

/** Caches and workers. */
function readServers(
  flags: BuildFlags,
  surroundings: Pick<Invocation, 'env' | 'cwd'>,
): Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheStrict' | 'cacheVerify' | 'cacheKey' | 'remote'> {
  return {
    ...readCaches(flags, surroundings),
    ...chooseVerify(flags, surroundings),
    ...chooseRemote(flags, surroundings),
  }
}

/** kaniko's `--cache-repo` is one cache to read and to write. */
function readCaches(
  flags: Pick<BuildFlags, 'cacheFrom' | 'cacheTo' | 'cacheRepo' | 'noPushCache' | 'cacheStrict' | 'cacheKey'>,
  { env, cwd }: Pick<Invocation, 'env' | 'cwd'>,
): Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheStrict' | 'cacheKey'> {
  const { cacheRepo, cacheStrict = false, cacheKey } = flags
  const isPushed = cacheRepo !== undefined && flags.noPushCache !== true
  const from = [...flags.cacheFrom, ...(cacheRepo === undefined ? [] : [cacheRepo])]
  const to = [...flags.cacheTo, ...(isPushed ? [`type=registry,mode=max,ref=${cacheRepo}`] : [])]
  const cacheFrom = from.map((text) => parseCacheFrom(text, cwd, env))
  const cacheTo = to.map((text) => parseCacheTo(text, cwd, env))
  return {
    ...(cacheFrom.length !== 0 && { cacheFrom }),
    ...(cacheTo.length !== 0 && { cacheTo }),
    ...(cacheStrict && { cacheStrict }),
    ...(cacheKey !== undefined && { cacheKey: parseKey(cacheKey, { env, cwd }) }),
  }
}

/** The sample that the call or `TSBUILD_CACHE_VERIFY` wants verified. */
function chooseVerify(
  { cacheVerify }: Pick<BuildFlags, 'cacheVerify'>,
  { env }: Pick<Invocation, 'env'>,
): Pick<BuildOptions, 'cacheVerify'> {
  const variable = 'TSBUILD_CACHE_VERIFY'
  const [what, text = ''] = cacheVerify === undefined ? [variable, env[variable]] : ['--cache-verify', cacheVerify]
  const verify = text === '' && what === variable ? undefined : parseCacheVerify(what, text)
  return verify === undefined ? {} : { cacheVerify: verify }
}

/** `src=FILE` or `env=VARIABLE`. */
function parseKey(text: string, { env, cwd }: Pick<Invocation, 'env' | 'cwd'>): SecretSource {
  const [, source] = parseSecret(`id=cache-key,${text}`, env)
  return 'file' in source ? { file: resolve(cwd, source.file) } : source
}

function chooseRecord({ metadataFile }: BuildFlags, env: Invocation['env']): Pick<BuildOptions, 'recordProvenance'> {
  const recordProvenance = metadataFile === undefined ? undefined : metadataProvenance(env)
  return recordProvenance === undefined ? {} : { recordProvenance }
}

/** Names of the result, kaniko's spelling included. Throws `UsageError` for what is no name. */
export function listTags(flags: Pick<BuildFlags, 'tag' | 'destination' | 'manifest'>): readonly string[] {
  checkNames('--tag', flags.tag)
  checkNames('--destination', flags.destination)
  // podman's lists of several platforms are what every name here is.
  const list = flags.manifest === undefined ? [] : [flags.manifest]
  checkNames('--manifest', list)
  return [...flags.tag, ...flags.destination, ...list]
}

function chooseContext(flags: BuildFlags, context: string | undefined): string {
  if (context !== undefined && flags.context !== undefined)
    throw new UsageError(`--context "${flags.context}" and the argument "${context}" both name a context`, {
      ...(/^\d+$/.test(flags.context) && { hint: `CPU shares are --cpu-shares ${flags.context}` }),
    })
  const chosen = context ?? flags.context
  if (chosen !== undefined) return chosen
  throw new UsageError('missing context', {
    hint: 'pass the directory to build from, usually the current one: tsbuild -t app .',
  })
}

/** Named contexts; directories become absolute. */
function readContexts(flags: BuildFlags, cwd: string): Readonly<Record<string, string>> {
  const pairs = Object.entries(parseFullPairs('--build-context', flags.buildContext))
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      name,
      isRemote(value, cwd) || /^[a-z][\w+.-]*:/.test(value) ? value : resolve(cwd, value),
    ]),
  )
}

/**
 * Secret with an absolute path to an existing file, so that a missing one fails before the build.
 */
function resolveSecret([id, source]: readonly [string, SecretSource], cwd: string): readonly [string, SecretSource] {
  if (!('file' in source)) return [id, source]
  const file = resolve(cwd, source.file)
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`--secret id=${id} names a file that does not exist: ${source.file}`, {
      hint: `name another with src=FILE, or take an environment variable: --secret id=${id},env=VARIABLE`,
    })
  }
  return [id, { file }]
}

/** Socket of an agent or key that exists. */
function resolveKey(id: string, path: string, cwd: string): string {
  const file = resolve(cwd, path)
  if (statSync(file, { throwIfNoEntry: false })) return file
  throw new UsageError(`--ssh ${id} names a key or socket that does not exist: ${path}`)
}

/** Grants of `--allow`: to the Dockerfile, and to outputs. Throws `UsageError` for unknown ones. */
export function parseGrants({ allow }: Pick<BuildFlags, 'allow'>): readonly (Grant | typeof deleteGrant)[] {
  return allow.flatMap((text) => (text.startsWith('device=') ? [text] : words(text))).map(parseGrant)
}

function parseGrant(text: string): Grant | typeof deleteGrant {
  if (isGrant(text) || text === deleteGrant) return text
  throw notAllowed('--allow', text, [...grantForms, deleteGrant])
}

function words(text: string): readonly string[] {
  return parseCsv(text)
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** Arguments of files, then those of `--build-arg`. */
async function readArgs(
  { buildArg, buildArgFile }: BuildFlags,
  { env, cwd }: Pick<Invocation, 'env' | 'cwd'>,
): Promise<Readonly<Record<string, string>>> {
  const dockerConfig = await readDockerSettings(env)
  return parseBuildArgs([...(await readArgFiles(buildArgFile, cwd)), ...buildArg], { env, dockerConfig })
}

/** `--platform`, else what docker takes without it. */
function choosePlatforms({ platform }: BuildFlags, env: Invocation['env']): readonly string[] {
  const usual = env['DOCKER_DEFAULT_PLATFORM']
  return platform.length === 0 && usual !== undefined && usual !== '' ? [usual] : platform.flatMap(words)
}

function readGc({ gc }: BuildFlags, env: Invocation['env']): Pick<BuildOptions, 'gc'> {
  if (gc !== undefined) return { gc: parseStoreBounds('--gc', gc) }
  const text = env['TSBUILD_GC']
  return text === undefined || text === '' ? {} : { gc: parseStoreBounds('TSBUILD_GC', text) }
}
