import { expect, test } from 'vitest'
import { absoluteLinks } from './npm-package.ts'

test('relative links get the address of the repository', () => {
  expect(
    absoluteLinks('See [a](docs/a.md#b), [c], [d](https://d.example), [e](#e).\n\n[c]: docs/c.md\n', 'https://r/'),
  ).toBe('See [a](https://r/docs/a.md#b), [c], [d](https://d.example), [e](#e).\n\n[c]: https://r/docs/c.md\n')
})

test('pictures get the address of the file itself', () => {
  expect(absoluteLinks('![A build](docs/a.svg)\n[![x](y.svg)](z.md)\n', 'https://r/blob/v1/')).toBe(
    '![A build](https://r/raw/v1/docs/a.svg)\n[![x](https://r/raw/v1/y.svg)](https://r/blob/v1/z.md)\n',
  )
})
