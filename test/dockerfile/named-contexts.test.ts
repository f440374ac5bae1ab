import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../support/test.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

test('a directory, filtered by its own ignore file', async ({ build, directory }) => {
  await writeTree(join(directory, 'more'), { a: 'from more', b: '', '.dockerignore': 'b\n.dockerignore\n' })
  const image = await build('FROM scratch\nCOPY --from=more . /o/\n', {
    args: ['--build-context', `more=${join(directory, 'more')}`],
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/a'])
})

test('an OCI layout in place of an image', async ({ build, directory }) => {
  const layout = join(directory, 'layout')
  await writeBaseImage(layout, { Labels: { from: 'layout' } })
  const args = ['--build-context', `registry.invalid/some/image=oci-layout://${layout}:latest`]
  const image = await build(
    'FROM registry.invalid/some/image\nCOPY --from=registry.invalid/some/image /etc/group /g\n',
    { args },
  )
  expect(image.config.config['Labels']).toEqual({ from: 'layout' })
  expect(image.line('/g')).toBe('f 644 0:0 g')
})

test('in place of a stage, which is not built then', async ({ build, directory }) => {
  await writeTree(join(directory, 'more'), { a: 'given' })
  const image = await build(
    'FROM registry.invalid/missing AS make\nRUN false\nFROM scratch\nCOPY --from=make /a /a\n',
    {
      args: ['--build-context', `make=${join(directory, 'more')}`],
    },
  )
  expect(image.text('/a')).toBe('given')
})
