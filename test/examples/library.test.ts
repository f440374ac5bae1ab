import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { readArchive } from '../support/read-archive.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'

/** Arguments of node that run an example with the sources of this checkout. */
const example = (name: string): readonly string[] => [
  '--import',
  join(import.meta.dirname, '../support/unbuilt-library.ts'),
  join(import.meta.dirname, '../../examples/library', name),
]

test('in-memory.ts writes an image to standard output and nothing beside the store', async ({ directory }) => {
  const child = spawn('node', [...example('in-memory.ts'), join(directory, 'store')], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const entries = await readArchive(await buffer(child.stdout))
  const index = entries.find(({ path }) => path === 'index.json')
  expect(JSON.parse(index?.content.toString() ?? '')).toMatchObject({
    manifests: [{ annotations: { 'org.opencontainers.image.ref.name': '1' } }],
  })
  expect(entries.filter(({ path }) => /^blobs\/sha256\/./.test(path)).length).toBe(3)
  expect(await readdir(directory)).toEqual(['store'])
})

test('progress-bar.ts draws a bar that ends full, also from the cache', async ({ directory }) => {
  for (const _ of ['run', 'cached']) {
    const { code, stderr } = await runProgram('node', [...example('progress-bar.ts'), 'store'], { cwd: directory })
    expect([code, stderr.split('\r').at(-1)]).toEqual([0, `[${'#'.repeat(20)}] 4/4\n`])
    expect(stderr).toContain('[##########----------] 2/4')
  }
})

describe.skipIf(registryMissing !== undefined)(titled('two-logins.ts', registryMissing), () => {
  test('pushes to two registries, each with its own login', async ({ directory }) => {
    await using first = await startRegistry({ htpasswd: true })
    await using second = await startRegistry({ htpasswd: 'deployer' })
    const logins = [first, second].flatMap(({ host, credential: { username, password } }) => [host, username, password])
    const { code, stdout, stderr } = await runProgram('node', [...example('two-logins.ts'), ...logins, 'store'], {
      cwd: directory,
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(new Set(stdout.trim().split('\n')).size).toBe(2)
    for (const registry of [first, second]) expect(await registry.log()).toMatch(/"PUT \/v2\/app\/manifests\/1 .* 201/)
  })
})
