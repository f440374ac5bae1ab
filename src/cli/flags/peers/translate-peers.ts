import { join } from 'node:path'
import { isHttpUrl, isGitAddress } from '../../../frontend/sources/git-url.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import type { BuildFlags } from '../build-flags.ts'

/**
 * The flags with those of docker, podman, buildah and kaniko under the names they have here. Throws
 * `UsageError` for values that would change the result and cannot be honoured.
 */
export function translatePeers(flags: BuildFlags): BuildFlags {
  checkValues(flags)
  const { platform, buildArg, insecureRegistry, skipTlsVerifyRegistry = [], pushRetry, imageDownloadRetry } = flags
  const retry = flags.retry ?? pushRetry ?? imageDownloadRetry
  const context = subContext(flags)
  return {
    ...flags,
    platform: [...platform, ...platformParts(flags)],
    buildArg: [...dateArg(flags), ...proxyArgs(flags), ...buildArg],
    insecureRegistry: [...insecureRegistry, ...skipTlsVerifyRegistry],
    ...(flags.singleSnapshot === true && { squash: true }),
    ...(flags['cache=false'] === true && { noCache: true }),
    ...(retry !== undefined && { retry }),
    ...(context !== undefined && { context }),
  }
}

/** `--os`, `--arch` and `--variant`, or kaniko's `--custom-platform`, as one platform. */
function platformParts({ os, arch, variant, customPlatform }: BuildFlags): readonly string[] {
  if (customPlatform !== undefined) return [customPlatform]
  if (os === undefined && arch === undefined && variant === undefined) return []
  if (arch === undefined && variant !== undefined)
    throw new UsageError('--variant needs --arch', { hint: 'or name all at once: --platform linux/arm/v7' })
  const parts = [os ?? 'linux', arch ?? hostArchitecture(), ...(variant === undefined ? [] : [variant])]
  return [parts.join('/')]
}

function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}

/** Date of the image: seconds of podman and buildah; kaniko's `--reproducible` is 1970. */
function dateArg({ timestamp, sourceDateEpoch, reproducible }: BuildFlags): readonly string[] {
  const date = timestamp ?? sourceDateEpoch ?? (reproducible === true ? '0' : undefined)
  return date === undefined ? [] : [`SOURCE_DATE_EPOCH=${date}`]
}

/** `--http-proxy=false`: empty values replace those of the environment. */
function proxyArgs(flags: BuildFlags): readonly string[] {
  if (flags['httpProxy=false'] !== true) return []
  return ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].map((name) => `${name}=`)
}

/** kaniko's directory within the context; of a git repository the part behind the branch. */
function subContext({ context, contextSubPath }: BuildFlags): string | undefined {
  if (contextSubPath === undefined) return undefined
  if (context === undefined) throw new UsageError('--context-sub-path needs --context')
  if (isGitAddress(context)) return `${context}${context.includes('#') ? '' : '#'}:${contextSubPath}`
  if (isHttpUrl(context)) throw new UsageError('--context-sub-path needs a directory or a git repository')
  return join(context.replace(/^dir:\/\//, ''), contextSubPath)
}

function checkValues({ timestamp, sourceDateEpoch }: BuildFlags): void {
  for (const [name, value] of [
    ['--timestamp', timestamp],
    ['--source-date-epoch', sourceDateEpoch],
  ] as const)
    if (value !== undefined && !/^\d{1,12}$/.test(value))
      throw new UsageError(`invalid ${name} "${value}": expected seconds since 1970`)
}
