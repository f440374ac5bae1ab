import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { isDigest } from '@tsbuild/oci'
import type { LocalStore } from '../../../store/local-store.ts'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { TransferOptions } from '../../../store/transfer-options.ts'
import { describeFailure } from '../../../failure.ts'
import { Exit } from '../../invocation/exit.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { safeText } from '../../render/safe-text.ts'
import { matchPattern } from '../../values/image-names.ts'
import { flag } from '../../flags/declare-flag.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import type { SyncedRepository } from './sync-yaml.ts'
import { addTransferFlags, type TransferRequest, withTransfer } from '../with-store.ts'

interface SyncFlags extends SyncRequest {
  readonly dest?: string
  readonly jobs: string
  readonly scoped?: boolean
  readonly src?: string
}

/** The way to copy several images. */
export interface SyncRequest extends TransferRequest {
  readonly dryRun?: boolean
  readonly referrers?: boolean
  /** Pattern of the tags to copy; the places are then repositories. */
  readonly tags?: string
}

/** One image to copy, as the list names it. */
export interface Pair {
  readonly from: string
  readonly to: string
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
  return addTransferFlags(new Command('sync'))
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
    .addHelpText('after', `${example}${placesHelp}`)
    .action(async (list: string, destination: string | undefined, flags: SyncFlags) => {
      if (!/^[1-9]\d?$/.test(flags.jobs)) throw new UsageError(`invalid --jobs "${flags.jobs}": expected 1 to 99`)
      const isYaml = checkTransports(list, destination, flags)
      const text = list === '-' ? await readInput(invocation) : readList(resolve(cwd, list), list)
      const request = { ...flags, concurrency: Number(flags.jobs) }
      if (!isYaml) return syncPairs(invocation, parseList(text), request)
      const { parseSyncYaml } = await import('./sync-yaml.ts')
      const { repositories, credentials } = await parseSyncYaml(text, {
        destination: destination ?? '',
        isScoped: flags.scoped === true,
      })
      await syncPairs(invocation, repositories, { ...request, credentials })
    })
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

/**
 * Copies the images that their destinations lack, and prints a line for each. Ends with the exit
 * code of the first failure.
 */
export async function syncPairs(
  invocation: Invocation,
  pairs: readonly (Pair | SyncedRepository)[],
  request: SyncRequest & { readonly concurrency: number },
): Promise<void> {
  const { cwd, stdout } = invocation
  const { default: pLimit } = await import('p-limit')
  const limit = pLimit(request.concurrency)
  const codes = await withTransfer(invocation, request, async (store, options) => {
    const all = await withTags(pairs, request.tags, { store, options, cwd })
    return Promise.all(
      all.map((pair) =>
        limit(async () => {
          const { word, code } = await syncOne(pair, request, { store, options, cwd })
          stdout.write(`${safeText(`${word}  ${pair.from}  ${pair.to}`)}\n`)
          return code
        }),
      ),
    )
  })
  const failed = codes.find((code) => code !== 0)
  if (failed !== undefined) throw new Exit(failed)
}

interface SyncContext {
  readonly store: LocalStore
  readonly options: TransferOptions
  readonly cwd: string
}

async function syncOne(
  { from, to }: Pair,
  { dryRun, referrers = false }: SyncRequest,
  { store, options, cwd }: SyncContext,
): Promise<{ readonly word: string; readonly code: number }> {
  try {
    const [source, target] = [parseEndpoint(from, cwd), parseEndpoint(to, cwd)]
    const wanted = await digestAt(source, store, options)
    const present = await digestAt(target, store, options).catch(() => undefined)
    if (wanted === present && !referrers) return { word: 'unchanged', code: 0 }
    if (dryRun) return { word: wanted === present ? 'unchanged' : 'missing', code: 0 }
    await store.copy(source, target, { ...options, referrers })
    return { word: wanted === present ? 'unchanged' : 'copied', code: 0 }
  } catch (error) {
    options.signal.throwIfAborted()
    const { message, exitCode } = describeFailure(error)
    return { word: `failed (${message})`, code: exitCode }
  }
}

async function digestAt(place: CopyEndpoint, store: LocalStore, options: TransferOptions): Promise<string> {
  await using source = await store.open(place, options)
  return source.descriptor.digest
}

/**
 * A pair for each image. With a pattern, places are repositories, as all of a list in YAML are;
 * their images keep tags and digests.
 */
async function withTags(
  pairs: readonly (Pair | SyncedRepository)[],
  pattern: string | undefined,
  { store, options, cwd }: SyncContext,
): Promise<readonly Pair[]> {
  const isWanted = pattern === undefined ? () => true : await matchPattern(pattern)
  const found: Pair[] = []
  for (const pair of pairs) {
    const { from, to } = pair
    const wanted = 'wanted' in pair ? pair.wanted : undefined
    if (pattern === undefined && wanted === undefined) found.push(pair)
    else if (Array.isArray(wanted)) found.push(...wanted.map((name) => named(pair, name)))
    else {
      const tags = await store.listTags(parseEndpoint(from, cwd), options)
      const chosen = tags.filter((tag) => (wanted instanceof RegExp ? wanted.test(tag) : isWanted(tag)))
      // Tags of referrers are no images: --referrers copies what they list.
      for (const tag of chosen.filter((each) => !/^sha(?:256|512)-[0-9a-f]{64}/.test(each)))
        found.push({ from: `${from}:${tag}`, to: `${to}:${tag}` })
    }
  }
  return found
}

function named({ from, to }: Pair, name: string): Pair {
  const suffix = `${isDigest(name) ? '@' : ':'}${name}`
  return { from: `${from}${suffix}`, to: `${to}${suffix}` }
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
