import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import type { BuildkitPeer } from '../differential/build-with-buildkit.ts'
import { openPeer } from '../differential/peer.ts'
import { titled } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import { documentOf, rootsOf, type Said, statementsOf } from './read-layout.ts'

// Members differ between versions of BuildKit: only one that was chosen is compared with.
const variable = 'TSBUILD_DIFFERENTIAL_BUILDKIT_HOST'
const obstacle = process.env[variable] === undefined ? `${variable} is not set` : registryMissing

async function connect(directory: string): Promise<BuildkitPeer> {
  const peer = await openPeer(directory)
  if (typeof peer === 'string') throw new Error(peer)
  return peer
}

/** Paths of all members of a JSON value; steps, digests and the names of arguments do not matter. */
function membersOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => membersOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) => membersOf(member, `${path}.${key.replace(/^(step\d+(:0)?|sha256:.*)$/, '*')}`))
}

/** What is ours or BuildKit's alone: see the README of packages/attest. */
const accepted = [
  /\.root\./,
  /\.(compatibilityVersion|dockerfileVersion|frontend\.caps)$/,
  /\.builder\.version\./,
  /\.infos\[\]\.(llbDefinition|digestMapping)/,
  /\.(local\.sharedkeyhint|oci\.session|oci\.store|removeMountStubsRecursive|hostname|selector)$/,
  /\.(secretOpt\.[ug]id|cacheOpt\.sharing)$/,
]

describe.skipIf(obstacle !== undefined)(titled('BuildKit', obstacle), () => {
  test.for(['mode=min,version=v1', 'mode=min,version=v0.2', 'mode=max,version=v1', 'mode=max,version=v0.2'])(
    'provenance has the members that BuildKit writes: %s',
    async (form, { base, directory, store }) => {
      const dockerfile =
        'FROM base\nARG A\nWORKDIR /d\nCOPY a /d/\nRUN --mount=type=secret,id=s --mount=type=cache,target=/c <<E\ntrue\nE\n'
      await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello', secret: 'hush' })
      const common = ['--build-context', `base=oci-layout://${base}:latest`, '--build-arg', 'A=1', '--label', 'l=v', '-t', 'app:1']
      const request = [...common, '--secret', 'id=s,src=context/secret', `--provenance=${form}`]
      const peer = await connect(directory)
      const [buildx = '', ...before] = peer.command
      const theirs = ['build', ...request, '-o', 'type=oci,tar=false,dest=theirs', 'context']
      await runOrThrow(buildx, [...before, ...theirs], { cwd: directory, env: peer.env })
      const ours = ['-o', 'type=oci,tar=false,dest=ours,attestation-inline=true', 'context']
      const { code, stderr } = await tsbuild([...request, ...ours], { root: store, cwd: directory })
      expect(code, stderr).toBe(0)
      const [expected, actual] = await Promise.all(['theirs', 'ours'].map((layout) => inlineStatement(join(directory, layout))))
      const differing = (one: Said | undefined, other: Said | undefined): readonly string[] => {
        const others = new Set(membersOf(other))
        return [...new Set(membersOf(one))].filter((path) => !others.has(path) && !accepted.some((pattern) => pattern.test(path)))
      }
      expect({ missing: differing(expected, actual), added: differing(actual, expected) }).toEqual({ missing: [], added: [] })
      expect(actual?.predicateType).toBe(expected?.predicateType)
      expect(actual?.subject.map(({ name }) => name)).toEqual(expected?.subject.map(({ name }) => name))
    },
  )

  test('buildx reads provenance from the index of an image', async ({ directory, store }) => {
    await using registry = await startRegistry()
    const peer = await connect(directory)
    const [buildx = '', ...before] = peer.command
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
    for (const version of ['v1', 'v0.2']) {
      const name = `${registry.host}/app:${version}`
      const output = ['-o', `type=image,push=true,attestation-inline=true,name=${name}`]
      const { code, stderr } = await tsbuild([`--provenance=version=${version}`, ...output, 'context'], { root: store, cwd: directory })
      expect(code, stderr).toBe(0)
      const inspect = ['imagetools', 'inspect', '--format', '{{json .Provenance}}', name]
      const read: { readonly SLSA?: Readonly<Record<string, unknown>> } = JSON.parse(
        await runOrThrow(buildx, [...before, ...inspect], { env: peer.env }),
      )
      expect(Object.keys(read.SLSA ?? {})).toContain(version === 'v1' ? 'buildDefinition' : 'invocation')
    }
  })
})

/** The statement in the index of a layout's only image. */
async function inlineStatement(layout: string): Promise<Said | undefined> {
  const { manifests } = await documentOf(layout, (await rootsOf(layout))[0]?.digest)
  const [statement] = await statementsOf(layout, manifests.at(-1)?.digest)
  return statement
}
