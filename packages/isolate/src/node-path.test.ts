import { expect, test } from 'vitest'
import { nodePath } from './node-path.ts'

test('Node is found in PATH when only the word is known that started it', () => {
  expect(nodePath('sh')).toMatch(/^\/.+\/sh$/)
  expect(nodePath('/opt/node/bin/node')).toBe('/opt/node/bin/node')
})
