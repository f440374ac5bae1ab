import { expect, test } from 'vitest'
import { warning } from './warning.ts'

const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

test.each([
  ['StageNameCasing', 'stage-name-casing'],
  ['JSONArgsRecommended', 'json-args-recommended'],
  ['UndefinedArgInFrom', 'undefined-arg-in-from'],
])('%s is explained at %s', (rule, page) => {
  expect(warning(rule, 'x', range)).toEqual({
    rule,
    message: 'x',
    range,
    url: `https://docs.docker.com/go/dockerfile/rule/${page}/`,
  })
})
