import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { flag } from '../../flags/declare-flag.ts'
import { copyPeers } from '../../flags/peers/copy-flags.ts'
import { addPeers, notePeers } from '../../flags/peers/peer-table.ts'
import { parseJobs } from '../../values/parse-jobs.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addSideFlags, readSides, type SideFlags } from './side-access.ts'
import type { SyncedRepository } from './sync-yaml.ts'
import { type Pair, type SyncRequest, syncPairs } from './sync-pairs.ts'
import { addTransferFlags } from '../with-store.ts'

interface SyncFlags extends SyncRequest, SideFlags {
  readonly dest?: string
  readonly jobs: string
  readonly scoped?: boolean
  readonly src?: string
}

const example = `
The list has two places a line, and comments:
  docker.io/library/alpine:3.22 registry.example/mirror/alpine:3.22
A list in YAML is that of skopeo sync, and needs a destination:
  tsbuild sync images.yaml registry.example/mirror
`

/** `tsbuild sync`: many images, each only if it is not there yet. */
export function syncCommand(invocation: Invocation): Command {
  const { cwd } = invocation
  const command = addTransferFlags(new Command('sync'))
    .description('Copy the images of a list that their destinations lack. Prints a line for each image.')
    .argument('<list>', 'file of two places a line, or a .yaml file of skopeo sync; - for standard input')
    .argument('[destination]', 'registry, with an optional path, for the images of a YAML list')
    .option('--scoped', 'with a YAML list: keep registry and path of the source in the new name')
    .addOption(flag('--src <transport>').hideHelp())
    .addOption(flag('--dest <transport>').hideHelp())
    .option('--tags <pattern>', "the places are repositories: copy all tags of this pattern, such as 'v1.*'")
    .option('--jobs <number>', 'images copied at the same time', '3')
    .option('--referrers', 'also what refers to the images: attestations, signatures')
    .option('-n, --dry-run', 'only list what would be copied')
    .addOption(flag('-a, --all').hideHelp())
    .addOption(flag('--preserve-digests').hideHelp())
  addPeers(addSideFlags(command), copyPeers)
  return command
    .addHelpText('after', `${example}${placesHelp}`)
    .action(async (list: string, destination: string | undefined, flags: SyncFlags) => {
      const note = notePeers(command, copyPeers)
      if (note !== undefined) invocation.stderr.write(`note: ${note}\n`)
      const concurrency = parseJobs(flags.jobs)
      const isYaml = checkTransports(list, destination, flags)
      const text = list === '-' ? await readInput(invocation) : readList(resolve(cwd, list), list)
      if (!isYaml) return syncList(invocation, parseList(text), { ...flags, concurrency })
      const { parseSyncYaml } = await import('./sync-yaml.ts')
      const { repositories, credentials } = await parseSyncYaml(text, {
        destination: destination ?? '',
        isScoped: flags.scoped === true,
      })
      await syncList(invocation, repositories, { ...flags, concurrency, credentials })
    })
}

/** Copies a list, with the access of the flags of each side. */
async function syncList(
  invocation: Invocation,
  pairs: readonly (Pair | SyncedRepository)[],
  request: SyncRequest & SideFlags & { readonly concurrency: number },
): Promise<void> {
  if (pairs.length === 0) return
  const sources = pairs.flatMap(({ from }) => placeIfValid(from, invocation.cwd))
  const targets = pairs.flatMap(({ to }) => placeIfValid(to, invocation.cwd))
  const { credentials, sides } = await readSides(request, { sources, targets, invocation })
  return syncPairs(invocation, pairs, { ...request, sides, credentials: { ...request.credentials, ...credentials } })
}

/** Empty for a place that cannot be used: its line fails, and the others are copied. */
function placeIfValid(text: string, cwd: string): readonly CopyEndpoint[] {
  try {
    return [parseEndpoint(text, cwd)]
  } catch {
    return []
  }
}

/** True for a list in YAML. Throws `UsageError` for other transports than YAML and registries. */
function checkTransports(
  list: string,
  destination: string | undefined,
  { src, dest, scoped, tags }: SyncFlags,
): boolean {
  if (src !== undefined && src !== 'yaml')
    throw new UsageError(`--src ${src} is not supported`, { hint: 'use tsbuild copy, with --tags for a repository' })
  if (dest !== undefined && dest !== 'docker')
    throw new UsageError(`--dest ${dest} is not supported`, { hint: 'use tsbuild copy' })
  const isYaml = src === 'yaml' || /\.ya?ml$/.test(list)
  if (isYaml && destination === undefined)
    throw new UsageError('a list in YAML needs a destination', {
      hint: `tsbuild sync ${list} registry.example/mirror`,
    })
  if (isYaml && tags !== undefined) throw new UsageError('option --tags is for a list of two places a line')
  if (!isYaml && (destination !== undefined || scoped === true))
    throw new UsageError('a destination and --scoped are for a list in YAML, named *.yaml or with --src yaml')
  return isYaml
}

function readList(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`cannot read the list "${name}"`, { cause })
  }
}

async function readInput({ stdin }: Invocation): Promise<string> {
  if (stdin.isTTY) throw new UsageError('missing list: standard input is a terminal')
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function parseList(text: string): readonly Pair[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    const [from = '', to] = words
    if (from === '') return []
    if (to === undefined || words.length > 2)
      throw new UsageError(`line ${index + 1} of the list: expected two places, got "${line.trim().slice(0, 100)}"`)
    return [{ from, to }]
  })
}
