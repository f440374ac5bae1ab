import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const obstacle = await withoutRun()

test('relative paths add up, absolute ones do not', async ({ build }) => {
  const image = await build('FROM scratch\nWORKDIR a\nWORKDIR ../b\nWORKDIR $UNSET/c\nWORKDIR d/./e/..\n')
  expect(image.history).toEqual(['WORKDIR /a', 'WORKDIR /b', 'WORKDIR /c', 'WORKDIR /c/d'])
  expect(image.config.config['WorkingDir']).toBe('/c/d')
})

test('directories belong to the user of that line', async ({ build }) => {
  const image = await build('FROM base\nUSER app\nWORKDIR /a/b\nUSER 1234\nWORKDIR /c\nUSER ghost\nWORKDIR /d\n')
  expect(['/a', '/a/b', '/c', '/d'].map((path) => image.line(path))).toEqual([
    'd 755 1000:1001 a/',
    'd 755 1000:1001 a/b/',
    'd 755 1234:1234 c/',
    'd 755 0:0 d/',
  ])
  expect(image.config.config['User']).toBe('ghost')
})

test('an existing directory makes an empty layer, the root none', async ({ build }) => {
  const image = await build('FROM base\nWORKDIR /tmp\nWORKDIR /\n')
  expect(image.config.rootfs.diff_ids.slice(1)).toEqual([
    'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  ])
  expect(image.config.history.map(({ empty_layer: empty }) => empty ?? false)).toEqual([false, false, true])
})

test('USER is nothing to COPY', async ({ build }) => {
  const image = await build('FROM base\nUSER 1000\nCOPY a /a\n', { files: { a: '' } })
  expect(image.line('/a')).toBe('f 644 0:0 a')
})

describe.skipIf(obstacle !== undefined)(titled('in RUN', obstacle), () => {
  test('a number without a name has group 0 and home /', async ({ build }) => {
    const image = await build(
      'FROM base\nWORKDIR /w\nRUN chmod 777 /w\nUSER 1234\nRUN echo "$(id -u) $(id -g) $HOME" > out\n',
    )
    expect(image.text('/w/out')).toBe('1234 0 /\n')
  })

  test('a directory that a step made keeps its owner when a later one puts something into it', async ({ build }) => {
    const image = await build(
      'FROM base\nRUN mkdir -m 751 /q && chown 7:8 /q\nWORKDIR /q/w\nRUN stat -c "%a %u:%g" /q > /out\n',
    )
    expect(image.text('/out')).toBe('751 7:8\n')
  })

  test('an explicit group stands alone', async ({ build }) => {
    const image = await build('FROM base\nWORKDIR /tmp\nUSER app:extra\nRUN id -u > out; id -G >> out\n')
    expect(image.text('/tmp/out')).toBe('1000\n2000\n')
  })
})
