import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { test } from './places-test.ts'

describe.skipIf(registryMissing !== undefined)(titled('sync of a YAML list', registryMissing), () => {
  test('copies all tags, some, those of a pattern, and digests', async ({ registry, call, tryCall, push, cwd }) => {
    const { host } = registry
    const one = await push(`${host}/src/app:1.0`, 'FROM scratch\nCOPY a /\n')
    await call('copy', `${host}/src/app:1.0`, `${host}/src/app:1.1`)
    await call('copy', `${host}/src/app:1.0`, `${host}/src/app:2.0`)
    const other = await push(`${host}/src/other:x`, 'FROM scratch\nCOPY b /\n')
    await writeFile(
      join(cwd, 'list.yaml'),
      `${host}:\n  images:\n    src/other: ["${other}"]\n  images-by-tag-regex:\n    src/app: ^1\\.\n`,
    )
    const shown = await call('sync', 'list.yaml', `${host}/mirror`)
    expect(shown.split('\n').toSorted()).toEqual(
      [
        '',
        `copied  ${host}/src/app:1.0  ${host}/mirror/app:1.0`,
        `copied  ${host}/src/app:1.1  ${host}/mirror/app:1.1`,
        `copied  ${host}/src/other@${other}  ${host}/mirror/other@${other}`,
      ].toSorted(),
    )
    expect((await call('tags', `${host}/mirror/app`)).trim().split('\n').toSorted()).toEqual(['1.0', '1.1'])
    expect(await call('digest', `${host}/mirror/app:1.0`)).toContain(one)
    expect(await call('digest', `${host}/mirror/other@${other}`)).toContain(other)
    expect((await tryCall('digest', `${host}/mirror/other:latest`)).code).not.toBe(0)
    expect(await call('sync', '--src', 'yaml', '--dest', 'docker', 'list.yaml', `${host}/mirror`)).not.toContain(
      'copied',
    )
  })

  test('needs a destination, and no transport but registries', async ({ tryCall, cwd }) => {
    await writeFile(join(cwd, 'list.yml'), 'a.example: {images: {x: []}}')
    for (const [argv, message] of [
      [['list.yml'], 'needs a destination'],
      [['--src', 'dir', 'list.yml', 'b.example'], '--src dir is not supported'],
      [['--dest', 'dir', 'list.yml', 'b.example'], '--dest dir is not supported'],
      [['--tags', 'x', 'list.yml', 'b.example'], '--tags'],
      [['list.txt', 'b.example'], 'are for a list in YAML'],
    ] as const)
      expect(await tryCall('sync', ...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})
