import type { Compression } from '@tsbuild/content'
import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { isStoredAs, layerMediaType, storedForm } from './stored-form.ts'

const blob = { digest: digestOf('x'), size: 1 }

test('each way of compression has a media type', () => {
  const types = (['none', 'gzip', 'zstd'] as const).map((type) => layerMediaType({ type }))
  expect(types).toEqual([mediaTypes.ociLayer, mediaTypes.ociLayerGzip, mediaTypes.ociLayerZstd])
})

test('a form is what it was stored as, of the requested level if any', () => {
  const forms: Compression[] = [
    { type: 'none' },
    { type: 'gzip' },
    { type: 'gzip', level: 1 },
    { type: 'gzip', level: 9 },
    { type: 'zstd', level: 9 },
  ]
  const matching = forms.map((stored) => forms.filter((wanted) => isStoredAs(storedForm(blob, stored), wanted)))
  const [none, gzip, fast, best, zstd] = forms
  expect(matching).toEqual([[none], [gzip], [gzip, fast], [gzip, best], [zstd]])
})
