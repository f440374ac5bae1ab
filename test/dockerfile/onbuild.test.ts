import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
import { writeBaseImage } from '../support/write-base-image.ts'

test('131: a trigger that is no instruction fails where it is triggered', async ({ edge }) => {
  expect((await edge('ONBUILD FOO x')).config.config['OnBuild']).toEqual(['FOO x'])
  await expect(edge('FROM scratch AS base\nONBUILD FOO x\nFROM base\n')).rejects.toThrow('unknown instruction: FOO')
})

test('triggers of a parent run first in the child and are gone then', async ({ edge }) => {
  const image = await edge(
    'FROM scratch AS parent\nARG D=/d\nONBUILD COPY a $D/\nONBUILD LABEL x=1\nFROM parent\nENV A=1\n',
    {
      files: { a: 'hello' },
    },
  )
  expect(image.history).toEqual(['ARG D=/d', 'COPY a /d/ # buildkit', 'LABEL x=1', 'ENV A=1'])
  expect(image.text('/d/a')).toBe('hello')
  expect(image.config.config['OnBuild']).toBeUndefined()
})

test('some instructions cannot be triggers', async ({ edge }) => {
  await expect(edge('FROM scratch\nONBUILD FROM x\n')).rejects.toThrow("FROM isn't allowed as an ONBUILD trigger")
  await expect(edge('FROM scratch\nONBUILD ONBUILD RUN x\n')).rejects.toThrow(
    "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
  )
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('53: a trigger runs in the child, once', async ({ edge, directory }) => {
    const child = 'FROM base\nENV X=1\n'
    const inOneFile = await edge(`FROM busybox AS base\nONBUILD RUN echo 1 > /o\n${child}`)
    await writeBaseImage(join(directory, 'triggers'), { OnBuild: ['RUN echo 1 > /o'] })
    const fromImage = await edge(child, { contexts: { base: `oci-layout://${join(directory, 'triggers')}:latest` } })
    for (const image of [inOneFile, fromImage]) {
      expect(image.history).toEqual(['base', 'RUN /bin/sh -c echo 1 > /o # buildkit', 'ENV X=1'])
      expect(image.config.config['OnBuild']).toBeUndefined()
      expect(image.text('/o')).toBe('1\n')
    }
    const base = await edge('ONBUILD RUN echo 1 > /o')
    expect([base.added, base.config.config['OnBuild']]).toEqual([[], ['RUN echo 1 > /o']])
  })
})
