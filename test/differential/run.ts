import { mkdtemp, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { buildWithBuildkit } from './build-with-buildkit.ts'
import { buildWithTsbuild } from './build-with-tsbuild.ts'
import type { Workplace } from './case-output.ts'
import { type Case, prepareContext } from './case.ts'
import { describeBase } from './describe-image.ts'
import { differences, type Outcome } from './outcome.ts'
import { openPeer } from './peer.ts'
import { readCases } from './read-cases.ts'
import { readLayout } from './read-layout.ts'
import { readExpected, writeExpected } from './record.ts'
import { serveDirectory } from './serve-directory.ts'

/** Builds cases, all on one base image and with one store. */
export interface Laboratory extends AsyncDisposable {
  readonly directory: string
  /** Makes the case's context anew and hands it to a builder. */
  build(item: Case, builder: (item: Case, place: Workplace) => Promise<Outcome>): Promise<Outcome>
  tsbuild(item: Case): Promise<Outcome>
}

/** A place to build in, removed at the end of the scope. */
export async function openLaboratory(): Promise<Laboratory> {
  const { path: directory, [Symbol.asyncDispose]: remove } = await temporaryDirectory()
  const base = join(directory, 'base')
  await writeBaseImage(base)
  const baseFacts = await describeBase(await readLayout(base))
  const build: Laboratory['build'] = async (item, builder) => {
    const place = await mkdtemp(join(directory, 'case-'))
    try {
      // BuildKit keeps files of contexts of the same name, as long as their sizes and times are the
      // same.
      const context = join(place, basename(place))
      await prepareContext(item, context)
      const located = { ...item, flags: item.flags.map((flag) => flag.replace('$BASE', base)) }
      return await withServers(located, context, (flags) =>
        builder(item, { base, baseFacts, context, flags, directory: place }),
      )
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  }
  return {
    directory,
    build,
    tsbuild: (item) => build(item, (same, place) => buildWithTsbuild(same, place, join(directory, 'store'))),
    [Symbol.asyncDispose]: remove,
  }
}

/**
 * Builds while what the case serves is served. Addresses differ from run to run and are taken out
 * of the outcome.
 */
async function withServers(
  item: Case,
  context: string,
  build: (flags: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (item.serves !== true) return build(item.flags)
  await using served = await serveDirectory(join(context, 'served'))
  const outcome = await build(item.flags.map((flag) => flag.replace('$HTTP', served.http).replace('$GIT', served.git)))
  const text = JSON.stringify(outcome).replaceAll(served.http, 'http://server').replaceAll(served.git, 'git://server')
  const unaddressed: Outcome = JSON.parse(text)
  return unaddressed
}

/**
 * Differences between BuildKit's outcome and tsbuild's, the phrase of an expected error included.
 */
export function compare({ expectError }: Case, expected: Outcome, actual: Outcome): readonly string[] {
  const phrase = expectError === true ? sentenceOf(expected) : expectError
  const lacking = [...lacksPhrase(expected, phrase, 'BuildKit'), ...lacksPhrase(actual, phrase, 'tsbuild')]
  return [...differences(expected, actual), ...lacking]
}

/** Last message of an outcome, without the line, which is shown too. */
function sentenceOf(outcome: Outcome): string {
  const sentence = 'error' in outcome ? outcome.error.split('\n').at(-1) : undefined
  return sentence?.replace(/^dockerfile parse error on line \d+: /, '') ?? 'an error'
}

function lacksPhrase(outcome: Outcome, phrase: string | undefined, who: string): readonly string[] {
  if (!('error' in outcome)) return phrase === undefined ? [] : [`${who} does not fail`]
  if (phrase === undefined) return [`${who} fails: ${outcome.error}`]
  return outcome.error.includes(phrase) ? [] : [`${who} does not say "${phrase}": ${outcome.error}`]
}

/**
 * `node test/differential/run.ts [--record | --live] [CASE or AREA…]`: differences of tsbuild from
 * the recorded results, or from a BuildKit that is asked now.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { record: { type: 'boolean' }, live: { type: 'boolean' } },
    allowPositionals: true,
  })
  await using laboratory = await openLaboratory()
  const peer = values.record || values.live ? await openPeer(laboratory.directory) : undefined
  if (typeof peer === 'string') throw new Error(`No BuildKit: ${peer}`)
  await using _peer = peer
  const ask = async (item: Case): Promise<Outcome> => {
    if (peer === undefined) return readExpected(item)
    const outcome = await laboratory.build(item, (same, place) => buildWithBuildkit(same, place, peer))
    if (values.record) writeExpected(item, outcome)
    return outcome
  }
  const atOnce = pLimit(3)
  const cases = await readCases(positionals)
  const found = await Promise.all(
    cases.map((item) =>
      atOnce(async () => {
        const lines = compare(item, await ask(item), await laboratory.tsbuild(item))
        const verdict =
          lines.length === 0 ? 'equal' : item.knownDifference === undefined ? 'DIFFERENT' : 'known difference'
        console.log([`${verdict} ${item.name}`, ...lines.map((line) => `  ${line}`)].join('\n'))
        return lines.length
      }),
    ),
  )
  const equal = found.filter((count) => count === 0).length
  console.log(`${equal} of ${found.length} equal`)
  return equal === found.length ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
