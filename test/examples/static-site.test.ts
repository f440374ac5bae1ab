import { join } from 'node:path'
import { expect } from 'vitest'
import { openImage } from '../support/open-image.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'

test('examples/static-site', async ({ store, directory }) => {
  const layout = join(directory, 'layout')
  const example = join(import.meta.dirname, '../../examples/static-site')
  const { code, stderr } = await tsbuild(['-o', `type=oci,tar=false,dest=${layout}`, example], { root: store })
  expect(code, stderr).toBe(0)
  expect((await openImage(layout)).layers[0]?.map(({ line }) => line)).toEqual([
    'd 755 0:0 srv/',
    'd 755 0:0 srv/site/',
    'f 644 0:0 srv/site/index.html',
    'f 644 0:0 srv/site/style.css',
  ])
})
