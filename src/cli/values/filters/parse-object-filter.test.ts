import { expect, test } from 'vitest'
import { parseObjectFilter } from './parse-object-filter.ts'

const now = Date.parse('2026-03-01T00:00:00Z')

test.each([
  [['until=24h'], { unusedFor: 86_400 }],
  [['unused-for=1h30m', 'until=10m'], { unusedFor: 5400 }],
  [['until=2026-02-28'], { unusedFor: 86_400 }],
  [['until=2026-02-28T23:00:00Z'], { unusedFor: 3600 }],
  [[`until=${now / 1000 - 60}`], { unusedFor: 60 }],
  [['type=mount', 'type=exec.cachemount', 'type!=record'], { types: ['mount', 'mount'], exceptTypes: ['record'] }],
  [['id=abc', 'id=def', 'inuse=false'], { ids: ['abc', 'def'], inUse: false }],
  [[], {}],
])('%j', (texts, filter) => {
  expect(parseObjectFilter(texts, now)).toEqual(filter)
})

test.each([
  ['type=frontend', 'expected one of image, layer'],
  ['until=soon', 'expected a duration such as 24h, or a date such as 2026-01-31'],
  ['id!=x', 'only type takes !='],
  ['private=true', 'one of until, unused-for, type, id, inuse'],
  ['type', 'one of until'],
])('refuses %s', (text, reason) => {
  expect(() => parseObjectFilter([text], now)).toThrow(reason)
})
