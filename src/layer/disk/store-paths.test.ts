import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { storePaths, storeVersion } from './store-paths.ts'

test('everything is below the version, and no two things share a path', () => {
  const paths = storePaths('/store')
  const digest = digestOf('x')
  const places = [
    ...[
      paths.layout,
      paths.unpacked,
      paths.work,
      paths.cacheMounts,
      paths.sources,
      paths.stats,
      paths.temporary,
      paths.pruneLock,
    ],
    ...[paths.index(digest), paths.layer(digest), paths.cacheRecord(digest), paths.statCache('context')],
  ]
  expect(places.filter((place) => !place.startsWith(`/store/v${storeVersion}/`))).toEqual([])
  expect(new Set(places).size).toBe(places.length)
  expect(paths.index(digest)).not.toBe(paths.index(digestOf('y')))
})
