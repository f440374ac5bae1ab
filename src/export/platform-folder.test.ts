import { expect, test } from 'vitest'
import { placeTargets } from './platform-folder.ts'
import { amd64, armv7, solved } from '../image/testing/target.ts'

const folders = (targets: Parameters<typeof placeTargets>[0], split?: boolean) =>
  placeTargets(targets, split).map(({ folder }) => folder)

test('one target is at the root, several have folders, and split decides otherwise', () => {
  const [x86, arm] = [solved([], amd64), solved([], armv7)]
  expect(folders([x86])).toEqual([''])
  expect(folders([x86], true)).toEqual(['linux_amd64'])
  expect(folders([x86, arm])).toEqual(['linux_amd64', 'linux_arm_v7'])
  expect(folders([x86, arm], false)).toEqual(['', ''])
})
