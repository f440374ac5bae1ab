import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
/** Digest of a tar without entries. */
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
  const image = await edge(
    'USER 1000\nWORKDIR /a/b\nUSER nobody\nWORKDIR /c\nUSER app\nWORKDIR /d/e\nUSER 1234\nWORKDIR /f\nUSER ghost\nWORKDIR /g',
  )
  expect(image.layers.slice(1).map((layer) => layer.map(({ line }) => line))).toEqual([
    ['d 755 1000:1000 a/', 'd 755 1000:1000 a/b/'],
    ['d 755 65534:65534 c/'],
    ['d 755 1000:1001 d/', 'd 755 1000:1001 d/e/'],
    ['d 755 1234:1234 f/'],
    ['d 755 0:0 g/'],
  ])
  expect(image.config.config['User']).toBe('ghost')
})

test('65: COPY copies for root with any USER', async ({ edge }) => {
  expect((await edge('USER 1000\nCOPY a /a', { files: { a: '' } })).line('/a')).toBe('f 644 0:0 a')
})

test('66: a relative WORKDIR starts from the one before', async ({ edge }) => {
  const image = await edge('FROM scratch\nWORKDIR a\nWORKDIR ../b\nWORKDIR $UNSET/c\nWORKDIR d/./e/..\n')
  expect(image.added).toEqual(['WORKDIR /a', 'WORKDIR /b', 'WORKDIR /c', 'WORKDIR /c/d'])
  expect(image.config.config['WorkingDir']).toBe('/c/d')
  expect((await edge('FROM scratch\nWORKDIR ~\n')).lines(0)).toEqual(['d 755 0:0 ~/'])
})

test('129: a WORKDIR may have blanks, quoted or not', async ({ edge }) => {
  for (const path of ['/a b', '"/a b"']) {
    const image = await edge(`FROM scratch\nWORKDIR ${path}\n`)
    expect([image.config.config['WorkingDir'], image.lines(0)]).toEqual(['/a b', ['d 755 0:0 a b/']])
  }
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

  test('a directory that a step made keeps its owner when a later one puts something into it', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN mkdir -m 751 /q && chown 7:8 /q\nWORKDIR /q/w\nRUN stat -c "%a %u:%g" /q > /out\n',
    )
    expect(image.text('/out')).toBe('751 7:8\n')
  })

  test('an explicit group stands alone', async ({ edge }) => {
    const image = await edge('FROM busybox\nWORKDIR /tmp\nUSER app:extra\nRUN id -u > out; id -G >> out\n')
    expect(image.text('/tmp/out')).toBe('1000\n2000\n')
  })
})
