import { expect, test } from 'vitest'
import { dateHistory } from './history.ts'

const base = [{ created: '2020-01-01T00:00:00Z', created_by: 'base' }]
const fallback = '2026-01-01T00:00:00Z'

test('a step has the date of its layer, a step without one that of the step before', () => {
  const history = [
    ...base,
    { created_by: 'ENV', empty_layer: true },
    { created_by: 'RUN 1' },
    { created_by: 'CMD', empty_layer: true },
    { created_by: 'RUN 2' },
  ]
  const dated = dateHistory({ history, baseHistory: 1, layerDates: [undefined, '2021-01-01T00:00:00Z', '2022-01-01T00:00:00Z'], fallback })
  expect(dated.map(({ created }) => created)).toEqual([
    '2020-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    '2022-01-01T00:00:00Z',
  ])
})

test('SOURCE_DATE_EPOCH dates what is new and nothing else', () => {
  const history = [...base, { created_by: 'RUN' }, { created_by: 'CMD', empty_layer: true }]
  const dated = dateHistory({
    history,
    baseHistory: 1,
    layerDates: [undefined, '2021-01-01T00:00:00Z'],
    fixed: '1970-01-01T00:00:00Z',
    fallback,
  })
  expect(dated.map(({ created }) => created)).toEqual(['2020-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'])
})

test('a base image that tells of too few layers gets an entry for each that is missing', () => {
  const dated = dateHistory({ history: base, baseHistory: 1, layerDates: [undefined, undefined, undefined], fallback })
  expect(dated.filter((entry) => !entry.empty_layer)).toHaveLength(3)
})

test('a base image that tells of too many layers is told anew', () => {
  const dated = dateHistory({
    history: [...base, ...base, { created_by: 'ENV', empty_layer: true }],
    baseHistory: 3,
    layerDates: [undefined],
    fallback,
  })
  expect(dated.filter((entry) => !entry.empty_layer)).toHaveLength(1)
})
