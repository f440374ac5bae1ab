import { expect } from 'vitest'
import { test } from '../support/test.ts'

test('triggers of a parent run first in the child and are gone then', async ({ build }) => {
  const image = await build(
    'FROM scratch AS parent\nARG D=/d\nONBUILD COPY a $D/\nONBUILD LABEL x=1\nFROM parent\nENV A=1\n',
    {
      files: { a: 'hello' },
    },
  )
  expect(image.history).toEqual(['ARG D=/d', 'COPY a /d/ # buildkit', 'LABEL x=1', 'ENV A=1'])
  expect(image.text('/d/a')).toBe('hello')
  expect(image.config.config['OnBuild']).toBeUndefined()
})

test('they are kept in the config as written, without history', async ({ build }) => {
  const image = await build('FROM scratch\nONBUILD RUN echo $X\n')
  expect(image.config.config['OnBuild']).toEqual(['RUN echo $X'])
  expect(image.history).toEqual([])
})

test('some instructions cannot be triggers', async ({ failBuild }) => {
  expect((await failBuild('FROM scratch\nONBUILD FROM x\n')).stderr).toContain(
    "FROM isn't allowed as an ONBUILD trigger",
  )
  expect((await failBuild('FROM scratch\nONBUILD ONBUILD RUN x\n')).stderr).toContain(
    "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
  )
})

test('nonsense is an error of the child', async ({ build, failBuild }) => {
  await build('FROM scratch\nONBUILD FOO x\n')
  expect((await failBuild('FROM scratch AS a\nONBUILD FOO x\nFROM a\n')).stderr).toContain('unknown instruction: FOO')
})
