import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from './edge.ts'

const obstacle = await withoutRun()
/** Of a tar that holds nothing. */
const emptyLayer = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'

test('62: WORKDIR makes a layer even when there is nothing to make, but none for the root', async ({ edge }) => {
  const image = await edge('WORKDIR /tmp\nWORKDIR /')
  expect(image.config.rootfs.diff_ids.slice(1)).toEqual([emptyLayer])
  expect(image.config.history.slice(1).map((entry) => [entry.created_by, entry.empty_layer])).toEqual([
    ['WORKDIR /tmp', undefined],
    ['WORKDIR /', true],
  ])
})

test('63: WORKDIR makes directories for the user', async ({ edge }) => {
  const numeric = await edge('USER 1000\nWORKDIR /a/b')
  expect(numeric.lines(-1)).toEqual(['d 755 1000:1000 a/', 'd 755 1000:1000 a/b/'])
  expect((await edge('USER nobody\nWORKDIR /a')).lines(-1)).toEqual(['d 755 65534:65534 a/'])
  expect((await edge('USER ghost\nWORKDIR /a')).lines(-1)).toEqual(['d 755 0:0 a/'])
})

test('65: COPY copies for root with any USER', async ({ edge }) => {
  expect((await edge('USER 1000\nCOPY a /a', { files: { a: '' } })).line('/a')).toBe('f 644 0:0 a')
})

test('66: a relative WORKDIR starts from the one before', async ({ edge }) => {
  const image = await edge('FROM scratch\nWORKDIR a\nWORKDIR ../b\nWORKDIR $UNSET/c\n')
  expect(image.added).toEqual(['WORKDIR /a', 'WORKDIR /b', 'WORKDIR /c'])
  expect(image.config.config['WorkingDir']).toBe('/c')
  expect((await edge('FROM scratch\nWORKDIR ~\n')).lines(0)).toEqual(['d 755 0:0 ~/'])
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('63: RUN as an unknown user fails', async ({ edge }) => {
    await expect(edge('USER ghost\nWORKDIR /a\nRUN true')).rejects.toThrow(
      'unable to find user ghost: no matching entries in passwd file',
    )
  })

  test('64: a uid without an entry has group 0 and the root as home', async ({ edge }) => {
    const image = await edge('WORKDIR /w\nRUN chmod 777 .\nUSER 1234\nRUN id -u > o; id -g >> o; echo $HOME >> o')
    expect(image.text('/w/o')).toBe('1234\n0\n/\n')
  })
})
