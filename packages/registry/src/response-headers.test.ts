import { expect, test } from 'vitest'
import { responseHeaders } from './response-headers.ts'

test('names are not case-sensitive, and values of one name are joined', () => {
  const fields: readonly (readonly [string, string])[] = [
    ['Link', '<a>; rel="next"'],
    ['ETag', ' "x" '],
    ['link', '<b>'],
    ['empty', ''],
  ]
  const headers = responseHeaders(fields)
  const standard = new Headers(fields.map(([name, value]) => [name, value]))
  for (const name of ['LINK', 'etag', 'empty', 'absent'])
    expect([headers.get(name), headers.has(name)]).toEqual([standard.get(name), standard.has(name)])
  expect(headers.get('link')).toBe('<a>; rel="next", <b>')
})
