import { expect, test } from 'vitest'
import { absoluteLinks } from './npm-package.ts'

test('relative links get the address of the repository', () => {
  expect(
    absoluteLinks('See [a](docs/a.md#b), [c], [d](https://d.example), [e](#e).\n\n[c]: docs/c.md\n', 'https://r/'),
  ).toBe('See [a](https://r/docs/a.md#b), [c], [d](https://d.example), [e](#e).\n\n[c]: https://r/docs/c.md\n')
})
