import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openPeer } from '../differential/peer.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test as imageTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import { documentOf, rootsOf, type Said, statementsOf } from './read-layout.ts'

/**
 * Members differ between versions of BuildKit: what is recorded is compared with, and only a
 * BuildKit that was chosen is recorded.
 */
const canRecord = process.env['TSBUILD_DIFFERENTIAL_BUILDKIT_HOST'] !== undefined
const forms = ['mode=min,version=v1', 'mode=min,version=v0.2', 'mode=max,version=v1', 'mode=max,version=v0.2'] as const

/**
 * Paths of all members of a JSON value; steps, digests and the names of arguments do not matter.
 */
function membersOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => membersOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) =>
    membersOf(member, `${path}.${key.replace(/^(step\d+(:0)?|sha256:.*)$/, '*')}`),
  )
}

/** Members that only tsbuild or only BuildKit writes: see the README of packages/attest. */
const accepted = [
  /\.root\./,
  /\.(compatibilityVersion|dockerfileVersion|frontend\.caps)$/,
  /\.builder\.version\./,
  /\.infos\[\]\.(llbDefinition|digestMapping)/,
  /\.(local\.sharedkeyhint|oci\.session|oci\.store|removeMountStubsRecursive|hostname|selector)$/,
  /\.(secretOpt\.[ug]id|cacheOpt\.sharing)$/,
]

/** Members of a statement that must equal BuildKit's. */
interface Shape {
  readonly predicateType: string | undefined
  readonly subjects: readonly (string | undefined)[]
  readonly members: readonly string[]
}

function shapeOf(said: Said | undefined): Shape {
  const members = [...new Set(membersOf(said))].filter((path) => !accepted.some((pattern) => pattern.test(path)))
  return {
    predicateType: said?.predicateType,
    subjects: (said?.subject ?? []).map(({ name }) => name),
    members: members.sort(),
  }
}

const expectedPath = (form: string): string =>
  join(import.meta.dirname, 'expected', `provenance-${form.replaceAll(/[=,]/g, '-')}.json`)

const test = imageTest.extend<{ request: readonly string[] }>({
  request: async ({ base, directory }, use) => {
    const dockerfile =
      'FROM base\nARG A\nWORKDIR /d\nCOPY a /d/\nRUN --mount=type=secret,id=s --mount=type=cache,target=/c <<E\ntrue\nE\n'
    await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello', secret: 'hush' })
    const common = [
      '--build-context',
      `base=oci-layout://${base}:latest`,
      '--build-arg',
      'A=1',
      '--label',
      'l=v',
      '-t',
      'app:1',
    ]
    await use([...common, '--secret', 'id=s,src=context/secret'])
  },
})

test.for(forms)('provenance has the members that BuildKit writes: %s', async (form, { request, directory, store }) => {
  const output = ['-o', 'type=oci,tar=false,dest=ours,attestation-inline=true', 'context']
  const { code, stderr } = await tsbuild([...request, `--provenance=${form}`, ...output], {
    root: store,
    cwd: directory,
  })
  expect(code, stderr).toBe(0)
  expect(shapeOf(await inlineStatement(join(directory, 'ours')))).toEqual(
    JSON.parse(await readFile(expectedPath(form), 'utf8')),
  )
})

// Not a test but where the record comes from: vitest -u writes it.
test.for(canRecord ? forms : [])('BuildKit writes what is recorded: %s', async (form, { request, directory }) => {
  const peer = await openPeer(directory)
  if (typeof peer === 'string') throw new Error(peer)
  const [buildx = '', ...before] = peer.command
  const theirs = [
    ...before,
    'build',
    ...request,
    `--provenance=${form}`,
    '-o',
    'type=oci,tar=false,dest=theirs',
    'context',
  ]
  await runOrThrow(buildx, theirs, { cwd: directory, env: peer.env })
  const text = `${JSON.stringify(shapeOf(await inlineStatement(join(directory, 'theirs'))), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot(expectedPath(form))
})

/** The statement in the index of a layout's only image. */
async function inlineStatement(layout: string): Promise<Said | undefined> {
  const { manifests } = await documentOf(layout, (await rootsOf(layout))[0]?.digest)
  const [statement] = await statementsOf(layout, manifests.at(-1)?.digest)
  return statement
}
