import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { rehashLayout } from '../support/rehash-layout.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from './places-test.ts'

const obstacle = registryMissing

describe.skipIf(obstacle !== undefined)(titled('images with sha512 digests', obstacle), () => {
  /** Builds an image and writes it with sha512 digests; returns the digest of its manifest. */
  async function makeImage(cwd: string, call: (...argv: readonly string[]) => Promise<string>): Promise<string> {
    await writeFile(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY a /\nCOPY a /b\nENV A=1\n')
    await writeFile(join(cwd, 'a'), 'hello')
    await call('build', '-q', '-t', 'app', '-o', 'type=oci,dest=usual,tar=false', '.')
    return rehashLayout(join(cwd, 'usual'), join(cwd, 'rare'))
  }

  test('are validated, and their digests named', async ({ cwd, call, tryCall }) => {
    const digest = await makeImage(cwd, call)
    expect(await call('validate', 'oci:rare')).toMatch(
      new RegExp(`^${digest}: 4 contents \\(4 with sha512 digests\\), .*, 0 faults\n$`),
    )
    expect(JSON.parse(await call('validate', '--json', 'oci:rare'))).toMatchObject({ digests: { sha512: 4 } })
    const [first = ''] = await readdir(join(cwd, 'rare/blobs/sha512'))
    await writeFile(join(cwd, 'rare/blobs/sha512', first), 'other')
    expect((await tryCall('validate', 'oci:rare')).stdout).toContain(`sha512:${first}`)
  })

  test('move through a registry, the store, layouts and archives with the same digest', async ({
    cwd,
    call,
    registry,
  }) => {
    const digest = await makeImage(cwd, call)
    const name = `${registry.host}/rare/app`
    const places = ['store:app:1', 'oci:again:1', 'oci-archive:rare.tar:app:1']
    for (const place of [...places, `${name}:1`]) expect((await call('copy', 'oci:rare', place)).trim()).toBe(digest)
    for (const place of places) expect(await call('validate', place)).toMatch(/4 with sha512 digests.*, 0 faults/)
    // This registry knows manifests by sha256 alone.
    expect(await call('validate', `${name}:1`)).toMatch(/3 with sha512 digests.*, 0 faults/)
    expect(await call('pull', '-q', `${name}:1`)).toMatch(/@sha256:/)
    expect(await call('inspect', '-f', '{{.Config.Env}}', 'app:1')).toContain('A=1')
    await call('doctor', '--store')
    for (const name of await readdir(join(cwd, 'again/blobs/sha512'))) {
      const bytes = await readFile(join(cwd, 'again/blobs/sha512', name))
      expect(createHash('sha512').update(bytes).digest('hex')).toBe(name)
    }
  })

  // skopeo 1.22, umoci and crane read sha256 alone.
  const orasMissing = withoutPrograms('oras')
  test.skipIf(orasMissing !== undefined)(titled('are read by oras', orasMissing), async ({ cwd, call }) => {
    await makeImage(cwd, call)
    await call('copy', 'oci:rare', 'oci:again:1')
    const places = ['--from-oci-layout', join(cwd, 'again:1'), '--to-oci-layout', join(cwd, 'oras:1')]
    await runOrThrow('oras', ['copy', ...places])
    expect(await call('validate', 'oci:oras:1')).toMatch(/4 with sha512 digests.*, 0 faults/)
  })

  test('are bases, whose layers count as they are', async ({ cwd, call, registry }) => {
    const digest = await makeImage(cwd, call)
    const name = `${registry.host}/rare/base`
    await call('copy', 'oci:rare', `${name}:1`)
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${name}:1\nCOPY --from=${name}:1 /a /c\n`)
    await call('build', '-q', '-t', `${registry.host}/rare/built:1`, '--push', '.')
    expect(await call('validate', `${registry.host}/rare/built:1`)).toMatch(/2 with sha512 digests.*, 0 faults/)
    await call('build', '-q', '-o', 'out', '.')
    expect(await readFile(join(cwd, 'out/c'), 'utf8')).toBe('hello')
    await writeFile(join(cwd, 'Dockerfile'), `FROM base\nCOPY --from=base /b /d\n`)
    await call('build', '-q', '--build-context', `base=oci-layout://${cwd}/rare@${digest}`, '-o', 'out', '.')
    expect(await readdir(join(cwd, 'out'))).toEqual(expect.arrayContaining(['a', 'b', 'd']))
  })

  test('are pruned as others are', async ({ cwd, call }) => {
    await makeImage(cwd, call)
    await call('copy', 'oci:rare', 'store:app:1')
    const blobs = join(cwd, 'store/v1/images/blobs/sha512')
    expect(await readdir(blobs)).toHaveLength(4)
    await call('rm', 'app:1')
    await call('prune', '--force', '--all')
    expect(await readdir(blobs)).toEqual([])
  })
})
