import type { Command } from 'commander'
import { flag, list } from '../declare-flag.ts'
import { indifferent } from './indifferent.ts'
import { addPeers, type PeerTable } from './peer-table.ts'
import { refused } from './refused.ts'

/** Spellings of docker, podman, buildah and kaniko, as commander hands them over. */
export interface PeerFlags {
  readonly arch?: string
  readonly 'cache=false'?: boolean
  readonly contextSubPath?: string
  readonly customPlatform?: string
  readonly format?: string
  readonly insecure?: boolean
  readonly 'httpProxy=false'?: boolean
  readonly imageDownloadRetry?: string
  readonly manifest?: string
  readonly noPushCache?: boolean
  readonly os?: string
  readonly 'pull=never'?: boolean
  readonly pushRetry?: string
  readonly reproducible?: boolean
  readonly singleSnapshot?: boolean
  readonly skipTlsVerify?: boolean
  readonly skipTlsVerifyRegistry: readonly string[]
  readonly sourceDateEpoch?: string
  readonly timestamp?: string
  readonly variant?: string
}

/** Spellings that are honoured and have no place in the help. */
function honoured(): ReturnType<typeof flag>[] {
  return [
    flag('--arch <name>'),
    flag('--cache=false'),
    flag('--cache-repo <repository>'),
    flag('-c, --context <source>'),
    flag('--context-sub-path <path>'),
    flag('--custom-platform, --customPlatform <platform>'),
    list('-d, --destination <name>'),
    flag('--digest-file <file>'),
    flag('--dockerfile <path>'),
    flag('--format <form>'),
    flag('--http-proxy=false'),
    flag('--iidfile-raw <file>'),
    flag('--image-download-retry <number>'),
    flag('--image-name-tag-with-digest-file <file>'),
    flag('--image-name-with-digest-file <file>'),
    flag('--insecure'),
    flag('--manifest <name>'),
    flag('--no-push'),
    flag('--no-push-cache'),
    flag('--oci-layout-path <directory>'),
    flag('--os <name>'),
    flag('--pull=never'),
    flag('--push-retry <number>'),
    flag('--reproducible'),
    flag('--single-snapshot'),
    flag('--skip-tls-verify'),
    list('--skip-tls-verify-registry <host>'),
    flag('--source-date-epoch <seconds>'),
    flag('--tarPath, --tar-path <file>'),
    flag('--timestamp <seconds>'),
    flag('--variant <name>'),
  ]
}

/** Flags of other builders that are not honoured. */
export const buildPeers: PeerTable = { indifferent, refused }

/** Declares the flags of other builders, except `own`; none is in the help. */
export function addPeerFlags(command: Command, own: readonly string[]): Command {
  const taken = new Set([...command.options.map(({ long }) => long), ...own])
  for (const option of honoured()) if (!taken.has(option.long)) command.addOption(option.hideHelp())
  return addPeers(command, buildPeers, own)
}
