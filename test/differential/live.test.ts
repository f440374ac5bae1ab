import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { type Obstacle, titled } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import { type BuildkitPeer, buildWithBuildkit } from './build-with-buildkit.ts'
import type { Case } from './case.ts'
import { caseObstacle, check } from './check.ts'
import type { Outcome } from './outcome.ts'
import { openPeer } from './peer.ts'
import { readCases } from './read-cases.ts'
import { readExpected } from './record.ts'
import { compare, openLaboratory } from './run.ts'

const parts = 3
/** Each day has a part of the cases. differential.test.ts compares all of them with the record. */
const part = process.env['TSBUILD_DIFFERENTIAL_PART'] ?? String(1 + (Math.floor(Date.now() / 86_400_000) % parts))
const all = await readCases()
const cases = part === 'all' ? all : all.filter((_, index) => String(1 + (index % parts)) === part)
if (cases.length === 0)
  throw new Error(`TSBUILD_DIFFERENTIAL_PART is "${part}", not all or a number from 1 to ${parts}`)
const laboratory = await openLaboratory()
const opened = await openPeer(laboratory.directory)
afterAll(async () => {
  if (typeof opened !== 'string') await opened[Symbol.asyncDispose]()
  await laboratory[Symbol.asyncDispose]()
})

function ask(peer: BuildkitPeer, item: Case): Promise<Outcome> {
  return laboratory.build(item, (same, place) => buildWithBuildkit(same, place, peer))
}

/** A daemon may start and yet not be allowed to run anything, as in some containers. */
async function stepObstacle(peer: BuildkitPeer): Promise<Obstacle> {
  const [item] = await readCases(['run-json'])
  const outcome = item && (await ask(peer, item))
  return outcome && 'error' in outcome ? `BuildKit cannot run a step: ${outcome.error.split('\n')[0]}` : undefined
}

/** Pushes an image with its provenance inside, and reads it. */
async function readProvenance({ command: [buildx = '', ...before], env }: BuildkitPeer): Promise<void> {
  await using registry = await startRegistry()
  await using directory = await temporaryDirectory()
  await writeTree(join(directory.path, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
  for (const [version, member] of [
    ['v1', 'buildDefinition'],
    ['v0.2', 'invocation'],
  ]) {
    const name = `${registry.host}/app:${version}`
    const output = ['-o', `type=image,push=true,attestation-inline=true,name=${name}`]
    const options = { root: join(directory.path, 'store'), cwd: directory.path }
    const { code, stderr } = await tsbuild([`--provenance=version=${version}`, ...output, 'context'], options)
    expect(code, stderr).toBe(0)
    const inspect = ['imagetools', 'inspect', '--format', '{{json .Provenance}}', name]
    expect(JSON.parse(await runOrThrow(buildx, [...before, ...inspect], { env }))).toHaveProperty(`SLSA.${member}`)
  }
}

const obstacle = typeof opened === 'string' ? opened : await stepObstacle(opened)
if (typeof opened === 'string' || obstacle !== undefined) {
  test.skip(titled('as a running BuildKit', obstacle), () => undefined)
} else {
  describe.concurrent(`as a running BuildKit (${cases.length} of ${all.length} cases, part ${part} of ${parts})`, () => {
    for (const item of cases) {
      const lacking = caseObstacle(item)
      test.skipIf(lacking !== undefined)(titled(item.name, lacking), async () => {
        const [live, actual] = [await ask(opened, item), await laboratory.tsbuild(item)]
        const found = compare(item, live, actual)
        const isOlder = found.length > 0 && item.olderBuildkit !== undefined
        check(item, isOlder ? compare(item, readExpected(item), actual) : found)
      })
    }
    test.skipIf(registryMissing !== undefined)(
      titled('buildx reads provenance from the index of an image', registryMissing),
      () => readProvenance(opened),
    )
  })
}
