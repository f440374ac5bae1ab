import { expect, test } from 'vitest'
import { similarName } from './similar-name.ts'

const stored = [
  'docker.io/library/busybox:1.36',
  'docker.io/library/busybox:latest',
  'registry.example/team/app:2.0',
  'odd name',
]

test.each([
  ['busybox:1.35', 'busybox:1.36'],
  ['busybx', 'busybox:latest'],
  ['busybx:1.36', 'busybox:1.36'],
  ['registry.example/team/app', 'registry.example/team/app:2.0'],
  ['registry.example/taem/app:2.0', 'registry.example/team/app:2.0'],
  ['nginx', undefined],
  ['Not A Name', undefined],
])('%s is taken for %s', (name, meant) => {
  expect(similarName(name, stored)).toBe(meant)
})
