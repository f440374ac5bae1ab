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
  const dated = dateHistory({
    history,
    baseHistory: 1,
    layerDates: [undefined, '2021-01-01T00:00:00Z', '2022-01-01T00:00:00Z'],
    fallback,
  })
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
  expect(dated.map(({ created }) => created)).toEqual([
    '2020-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
  ])
})

test('a base image with too few history entries gets one for each missing layer', () => {
  const history = [...base, { created_by: 'RUN' }]
  const layerDates = [undefined, undefined, undefined, '2021-01-01T00:00:00Z']
  expect(dateHistory({ history, baseHistory: 1, layerDates, fallback })).toEqual([
    ...base,
    { comment: 'buildkit.exporter.image.v0' },
    { comment: 'buildkit.exporter.image.v0' },
    { created_by: 'RUN', created: '2021-01-01T00:00:00Z' },
  ])
  expect(dateHistory({ history: [], baseHistory: 0, layerDates: [undefined], fallback })).toEqual([
    { comment: 'buildkit.exporter.image.v0' },
  ])
})

test('the surplus history entries of a base image have no layer', () => {
  const history = [...base, { created_by: 'ENV', empty_layer: true }, { created_by: 'more' }, { created_by: 'RUN' }]
  const dated = dateHistory({ history, baseHistory: 3, layerDates: [undefined, '2021-01-01T00:00:00Z'], fallback })
  expect(dated).toEqual([
    ...base,
    { created_by: 'ENV', empty_layer: true },
    { created_by: 'more', empty_layer: true },
    { created_by: 'RUN', created: '2021-01-01T00:00:00Z' },
  ])
})
