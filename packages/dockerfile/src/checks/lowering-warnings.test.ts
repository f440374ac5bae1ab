import { expect, test } from 'vitest'
import {
  copyIgnoredFile,
  invalidBaseImagePlatform,
  invalidDefaultArgInFrom,
  undefinedArgInFrom,
  undefinedVar,
} from './lowering-warnings.ts'

const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

test('the sentences BuildKit prints', () => {
  expect(undefinedVar('FO', ['FOO'], range).message).toBe("Usage of undefined variable '$FO' (did you mean $FOO?)")
  expect(undefinedVar('X', ['LONGER'], range).message).toBe("Usage of undefined variable '$X'")
  expect(undefinedArgInFrom('FO', ['FOO'], range).message).toBe(
    "FROM argument 'FO' is not declared (did you mean FOO?)",
  )
  expect(invalidDefaultArgInFrom('$A', range).message).toBe(
    'Default value for ARG $A results in empty or invalid base image name',
  )
  expect(copyIgnoredFile('ADD', 'a/b', range).message).toBe(
    'Attempting to Add file "a/b" that is excluded by .dockerignore',
  )
  const platform = invalidBaseImagePlatform({ image: 'x', expected: 'linux/amd64', actual: 'linux/arm64' }, range)
  expect(platform.message).toBe(
    'Base image x was pulled with platform "linux/arm64", expected "linux/amd64" for current build',
  )
  expect(platform.url).toBeUndefined()
})
