import { expect, test } from 'vitest'
import { withLayers } from './with-layers.ts'

const layer = `sha256:${'a'.repeat(64)}` as const
const statement = (predicate: unknown) => ({
  predicateType: 'https://spdx.dev/Document',
  filename: 'sbom.spdx.json',
  predicate,
})
const layerOf = (path: string) => (path === 'bin/sh' ? layer : undefined)

test('files without a comment say their layer, and the tool that put it there', () => {
  const creationInfo = { created: 'then', creators: ['Tool: other'] }
  const files = ['/bin/sh', 'bin/sh', './bin/../bin/sh', 'elsewhere'].map((fileName) => ({ fileName }))
  const odd = [{ fileName: 'bin/sh', comment: 'mine' }, { fileName: 7 }, null]
  expect(withLayers(statement({ name: 'n', creationInfo, files: [...files, ...odd] }), '1.0', layerOf)).toEqual(
    statement({
      name: 'n',
      creationInfo: { created: 'then', creators: ['Tool: other', 'Tool: tsbuild-1.0'] },
      files: [...files.slice(0, 3).map((file) => ({ ...file, comment: `layerID: ${layer}` })), files[3], ...odd],
    }),
  )
})

test.each([7, {}, { creationInfo: 'x', files: [] }])('%j is no document and stays as it is', (predicate) => {
  expect(withLayers(statement(predicate), '1.0', layerOf)).toEqual(statement(predicate))
})

test('a document without files', () => {
  expect(withLayers(statement({ creationInfo: {}, files: 'x' }), '1.0', layerOf)).toEqual(
    statement({ creationInfo: { creators: ['Tool: tsbuild-1.0'] }, files: 'x' }),
  )
})
