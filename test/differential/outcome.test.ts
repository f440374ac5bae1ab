import { expect, test } from 'vitest'
import { differences, type ImageOutcome } from './outcome.ts'

const image: ImageOutcome = {
  config: { os: 'linux', config: { Env: ['A=1', 'B=2'] } },
  history: [{ created_by: 'RUN x' }],
  layers: 1,
  files: ['"d" d 0755 0:0', '"etc" d 0755 0:0 now', '"f" f 0644 0:0 2 sha256:00 @1600000000'],
}

test('equal outcomes have no differences', () => {
  expect(differences(image, image)).toEqual([])
})

test.each<readonly [Partial<ImageOutcome>, string]>([
  [{ config: { os: 'linux', config: { Env: ['B=2', 'A=1'] } } }, 'config: + config.Env: ["B=2","A=1"]'],
  [{ history: [] }, 'history: - {"created_by":"RUN x"}'],
  [{ layers: 2 }, 'layers: 1 expected, 2 found'],
  [{ annotations: { a: 'b' } }, 'annotations: + a: "b"'],
  [{ files: image.files.slice(0, 2) }, 'files: - "f" f 0644 0:0 2 sha256:00 @1600000000'],
  [{ files: [...image.files, '"g" removed'] }, 'files: + "g" removed'],
])('%j is different', (changes, line) => {
  expect(differences(image, { ...image, ...changes })).toContain(line)
})

test('what BuildKit dates now may have any date, and what it touched no line', () => {
  const dated = ['"d" d 0755 0:0 @1500000000', '"f" f 0644 0:0 2 sha256:00 @1600000000']
  expect(differences(image, { ...image, files: dated })).toEqual([])
  expect(differences(image, { ...image, files: [...dated, '"etc" d 0755 0:0 @1500000000'] })).toEqual([])
  expect(differences(image, { ...image, files: [...dated, '"etc" d 0711 0:0'] })).toEqual(['files: + "etc" d 0711 0:0'])
  expect(differences({ ...image, files: dated }, image)).toContain('files: + "etc" d 0755 0:0 now')
})

test('kinds of outcomes and platforms are distinguished', () => {
  expect(differences({ error: 'no' }, image)).toEqual(['expected an error: no'])
  expect(differences(image, { error: 'no' })).toEqual(['unexpected error: no'])
  expect(differences({ files: image.files }, { platforms: { 'linux/amd64': image } })).toEqual([
    'expected files, found platforms',
  ])
  expect(differences({ platforms: { a: image, b: image } }, { platforms: { a: { ...image, layers: 3 } } })).toEqual([
    'platforms: - b',
    'a: layers: 1 expected, 3 found',
  ])
})
