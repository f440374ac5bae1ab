import { expect, test } from 'vitest'
import { heredocWords, parseHeredocWord } from './heredoc.ts'

test.each([
  ['<<EOF', { name: 'EOF', expand: true, stripTabs: false }],
  ['<<-EOF', { name: 'EOF', expand: true, stripTabs: true }],
  ['3<<EOF', { name: 'EOF', expand: true, stripTabs: false }],
  ['<< EOF', { name: 'EOF', expand: true, stripTabs: false }],
  ['<<"EOF"', { name: 'EOF', expand: false, stripTabs: false }],
  ["<<'E F'", { name: 'E F', expand: false, stripTabs: false }],
  ['<<E"O"F', { name: 'EOF', expand: false, stripTabs: false }],
  ['<<$X', { name: '$X', expand: true, stripTabs: false }],
])('%s announces a heredoc', (word, heredoc) => {
  expect(parseHeredocWord(word)).toEqual(heredoc)
})

test.each(['<<', '<<-', '<EOF', '<<<EOF', 'a<<EOF', '<<a b', '<<""', 'EOF'])('%s announces none', (word) => {
  expect(parseHeredocWord(word)).toBeUndefined()
})

test('only words of their own count', () => {
  expect(heredocWords('RUN a <<A b 2<<-B "<<C" \\<<D x<<E').map(({ name }) => name)).toEqual(['A', 'B'])
})

test('a line that cannot be read as words has none', () => {
  expect(heredocWords('RUN "x <<A')).toEqual([])
  expect(heredocWords('RUN ${x^^} <<A')).toEqual([])
})
